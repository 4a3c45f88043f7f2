"""Plugins from an installed package: found through its entry point, by the same door as the bundled ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("stagewright")
GLARE = """
'''Share of pixels that are blown out.'''
from typing import Annotated
from pydantic import Field
from stagewright.stages import data
from ._limits import LIMIT

@data.quality(low=0, high=1)
def glare(view: object, /, *, limit: Annotated[float, Field(gt=0, description="grey value")] = LIMIT) -> float:
    '''Share of pixels brighter than `limit`.'''
    return float((view.grey > limit).mean())
"""
FILES = {
    "acme_stagewright/__init__.py": "",
    "acme_stagewright/data/quality/glare.py": GLARE,
    "acme_stagewright/data/quality/_limits.py": "LIMIT = 0.9\n",
    "acme_stagewright/train/model/broken.py": "raise ValueError('boom')\n",
}
ABOUT = {
    "METADATA": "Metadata-Version: 2.1\nName: acme-stagewright\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "entry_points.txt": "[stagewright.plugins]\nacme = acme_stagewright\n",
}


def wheel(folder: Path, files: dict[str, str], about: dict[str, str] = ABOUT) -> Path:
    """A wheel as any build backend makes it."""
    path, info = folder / "acme_stagewright-1.0-py3-none-any.whl", "acme_stagewright-1.0.dist-info"
    told = files | {f"{info}/{name}": text for name, text in about.items()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in told.items():
            packed.writestr(name, text)
        packed.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*told, f"{info}/RECORD"]))
    return path


class Site:
    """A folder that packages are installed into, and a project beside it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.project = folder / "site", folder / "project"
        (self.project / "plugins").mkdir(parents=True)

    def install(self, package: Path) -> None:
        words = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                 "--no-index", "--target", str(self.path), str(package)]  # fmt: skip
        subprocess.run(words, check=True)

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.path), *filter(None, [os.environ.get("PYTHONPATH")])])
        ended = subprocess.run(
            [str(PROGRAM), *words], cwd=self.project, env=os.environ | {"PYTHONPATH": path},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in ended.stdout + ended.stderr
        return ended


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.install(wheel(tmp_path, FILES))
    return site


def test_a_package_is_listed_and_what_is_broken_in_it_spoils_nothing(site: Site) -> None:
    listed = site("plugins", "--json")
    found = {(item["kind"], item["name"]): item for item in json.loads(listed.stdout)}
    glare = found["data.quality", "glare"]
    assert (glare["from"], glare["error"]) == ("acme", "")
    assert glare["settings"][0] | {"doc": ""} == {
        "name": "limit", "type": "float", "default": "0.9", "required": False, "doc": "",
    } | {key: glare["settings"][0][key] for key in glare["settings"][0].keys() - {"name", "type", "default", "required", "doc"}}  # fmt: skip
    assert "ValueError: boom" in found["train.model", "broken"]["error"]
    assert found["train.model", "unet"]["error"] == ""
    assert listed.returncode == 1


def test_a_name_that_package_and_project_both_have_names_both_files(site: Site) -> None:
    mine = site.project / "plugins" / "data" / "quality" / "glare.py"
    mine.parent.mkdir(parents=True)
    mine.write_text(GLARE.replace("from ._limits import LIMIT", "LIMIT = 0.5"))
    told = site("plugins", "glare").stdout
    assert f"offered twice: {site.path}/acme_stagewright/data/quality/glare.py and {mine}" in told


def test_the_contract_suite_takes_a_plugin_of_a_package(site: Site) -> None:
    test = site.project / "test_glare.py"
    test.write_text(
        "from stagewright.testing import contract_tests\n"
        f"test_contract = contract_tests('{site.path}/acme_stagewright/data/quality/glare.py')\n"
    )
    path = os.pathsep.join([str(site.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(test)], cwd=site.project, env=os.environ | {"PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert "8 passed" in ran.stdout


def test_an_entry_point_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    site = Site(tmp_path)
    lost = ABOUT | {"entry_points.txt": "[stagewright.plugins]\nacme = gone_away\n"}
    site.install(wheel(tmp_path, FILES, lost))
    listed = site("plugins", "train.model")
    assert (
        "the entry point 'acme' of stagewright.plugins names the package 'gone_away', which is not there"
        in listed.stderr
    )
    assert "unet" in listed.stdout
    assert listed.returncode == 1
