"""A package is refused unless every byte is as its manifest says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagewright.errors import StagewrightError
from stagewright_plugins.packaging import manifest


def test_a_whole_package_gives_its_signature(package: Path) -> None:
    signature = manifest.verify(package)
    listed = json.loads((package / "manifest.json").read_text())
    assert signature["version"] == listed["version"] == manifest.version_of(package)
    assert sorted(listed["files"]) == ["rule.json", "signature.json"]


def test_a_changed_file_is_named(package: Path) -> None:
    path = package / "rule.json"
    path.write_text(path.read_text().replace("0.8", "0.9"))
    with pytest.raises(StagewrightError, match=r"rule\.json has other bytes"):
        manifest.verify(package)


def test_a_missing_file_is_named(package: Path) -> None:
    (package / "rule.json").unlink()
    with pytest.raises(StagewrightError, match=r"rule\.json is missing"):
        manifest.verify(package)


def test_a_file_too_many_is_named(package: Path) -> None:
    (package / "targets").mkdir()
    (package / "targets" / "extra.py").write_text("")
    with pytest.raises(StagewrightError, match=r"targets/extra\.py is not in its manifest"):
        manifest.verify(package)


def test_a_link_is_refused(package: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes((package / "rule.json").read_bytes())
    (package / "rule.json").unlink()
    (package / "rule.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StagewrightError, match="is a link"):
        manifest.verify(package)


def test_a_manifest_made_to_fit_other_files_has_another_version(package: Path) -> None:
    """Whoever exchanges a file and its hash still cannot pass it off as the version that was released."""
    version = manifest.verify(package)["version"]
    path = package / "rule.json"
    path.write_text(path.read_text().replace("0.8", "0.9"))
    manifest.write(package)
    with pytest.raises(StagewrightError, match="name another version"):
        manifest.verify(package)
    assert manifest.stamp(package) != version


def test_what_targets_write_does_not_change_the_version(package: Path) -> None:
    before = manifest.version_of(package)
    (package / "targets" / "kserve").mkdir(parents=True)
    (package / "targets" / "kserve" / "service.yaml").write_text("kind: InferenceService")
    manifest.write(package)
    assert manifest.verify(package)["version"] == before


@pytest.mark.parametrize("text", ["", "[]", '{"version": "x"}', '{"version": "x", "files": 3}'])
def test_a_broken_manifest_is_no_traceback(package: Path, text: str) -> None:
    (package / "manifest.json").write_text(text)
    with pytest.raises(StagewrightError, match=r"manifest\.json cannot be read"):
        manifest.verify(package)


def test_a_folder_without_manifest_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="is no package"):
        manifest.verify(tmp_path)
