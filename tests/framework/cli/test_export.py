"""The verb `export`: files of one target, and what it cannot express."""

from __future__ import annotations

import pytest

from running import new_project
from stagewright.cli import export, new
from stagewright.errors import StagewrightError


def test_export_needs_a_known_target(tmp_path, monkeypatch):
    project = new_project(tmp_path / "p")
    monkeypatch.chdir(project.path)
    with pytest.raises(StagewrightError, match="did you mean 'argo'"):
        export.main(["brain_tissue", "agro"], False)


def test_settings_that_a_target_needs_are_asked_for(tmp_path, monkeypatch):
    project = new_project(tmp_path / "p")
    monkeypatch.chdir(project.path)
    with pytest.raises(
        StagewrightError, match=r"stable_uri: missing: (.|\n)*settings of kserve follow it as KEY=VALUE"
    ):
        export.main(["brain_tissue", "kserve"], False)
    assert not (project.path / "export").exists()


def test_export_writes_and_says_what_is_missing(tmp_path, monkeypatch, capsys):
    project = new_project(tmp_path / "p")
    monkeypatch.chdir(project.path)
    sticky = (
        "rollout={affinity: {key: user}}" if _has_rollout(project) else "+rollout={affinity: {key: user}}"
    )
    args = ["brain_tissue", "argo", "virtual_service=brain", "--override", sticky]
    assert export.main(args, False) == 0
    said = capsys.readouterr().out
    assert "export/brain_tissue/argo/rollout.yaml" in said
    folder = project.path / "export" / "brain_tissue" / "argo"
    assert "affinity.key `user`" in (folder / "UNSUPPORTED.md").read_text()
    assert "affinity.key `user`" in said


def test_a_recipe_without_guards_is_exported_with_those_that_its_gateway_will_have(tmp_path, monkeypatch):
    project = new_project(tmp_path / "p")
    monkeypatch.chdir(project.path)
    assert export.main(["brain_tissue", "argo", "--override", "rollout.analysis.guards=[]"], False) == 0
    written = (project.path / "export" / "brain_tissue" / "argo" / "analysis.yaml").read_text()
    assert '@.guard == "iou_mean"' in written


def _has_rollout(project):
    return "\nrollout:" in (project.path / "recipes" / "brain_tissue.yaml").read_text()


def test_a_recipe_is_exported_where_its_data_are_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert new.main(["recipe", "cells"], False) == 0
    assert export.main(["cells", "argo"], False) == 0
    assert (tmp_path / "export" / "cells" / "argo" / "rollout.yaml").is_file()
