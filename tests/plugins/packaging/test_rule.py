"""A baseline as a package."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright_plugins.packaging import manifest, rule


def test_it_is_a_package_like_any_other(package: Path) -> None:
    assert manifest.verify(package)["platform"] == "rule"


def test_the_same_rule_has_the_same_version(package: Path, tmp_path: Path, task: Task) -> None:
    again = rule.packaged(tmp_path / "baseline", tmp_path / "again", "cells", task)
    assert again == manifest.verify(package)["version"]


def test_a_baseline_without_a_rule_cannot_be_packaged(tmp_path: Path, task: Task) -> None:
    with pytest.raises(StagewrightError, match=r"holds no rule\.json"):
        rule.packaged(tmp_path, tmp_path / "p", "cells", task)


def test_a_task_without_rules_is_said(package: Path, tmp_path: Path, task: Task) -> None:
    other = dataclasses.replace(task, type="ranking")
    with pytest.raises(StagewrightError, match="'ranking' cannot be packaged"):
        rule.packaged(package, tmp_path / "p", "cells", other)


def test_a_rule_of_pictures_is_none_of_tables(package: Path, tmp_path: Path, task: Task) -> None:
    other = dataclasses.replace(task, type="classification")
    with pytest.raises(StagewrightError, match="no rule 'nearest_centre' can be rebuilt for tables"):
        rule.packaged(package, tmp_path / "p", "cells", other)
