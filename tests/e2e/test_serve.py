"""`stagewright serve` from a recipe's releases, as a user starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateways import Program, start
from running import Project
from small_packages import scaled
from stagewright import releases
from stagewright_plugins.packaging.signature import read

RECIPE = "brain_tissue"


@pytest.fixture
def released(project: Project) -> tuple[Project, list[Path]]:
    """Two versions in the project's releases: a champion, and a challenger on its way."""
    packages = [scaled(project.path / f"p{factor}", factor, name=RECIPE) for factor in (2, 3)]
    home = project.path / ".stagewright"
    for package in packages:
        releases.register(home, RECIPE, read(package)["version"], str(package))
    for alias, package in zip(("champion", "challenger"), packages, strict=True):
        releases.assign(home, RECIPE, alias, read(package)["version"], "test", "")
    return project, packages


def stopped(served: Program) -> str:
    served.process.terminate()
    _, said = served.process.communicate(timeout=20)
    assert served.process.returncode == 0, said
    assert "Traceback" not in said, said
    return said


def test_champion_and_challenger_of_a_recipe(released: tuple[Project, list[Path]]) -> None:
    project, packages = released
    served = start(project.path, RECIPE, "--drain-seconds", "0", "~tracking")
    versions = served.ask("GET", f"/v2/models/{RECIPE}").json["versions"]
    assert versions == [read(package)["version"] for package in packages]
    state = served.ask("GET", "/v1/rollout").json
    assert state["phase"] in ("Progressing", "Paused")
    assert served.ask("POST", "/v1/rollout/abort", {"by": "test", "reason": "enough"}).status == 200
    assert "rolled_back" in stopped(served)
    again = start(project.path, RECIPE, "--drain-seconds", "0")  # the challenger stays away
    assert again.ask("GET", f"/v2/models/{RECIPE}").json["versions"] == versions[:1]
    stopped(again)


def test_a_canary_named_on_the_command_line(released: tuple[Project, list[Path]]) -> None:
    project, packages = released
    served = start(project.path, str(packages[0]), "--canary", "challenger", "--drain-seconds", "0")
    state = served.ask("GET", "/v1/rollout").json
    assert (state["phase"], state["mirror"], state["weight"]) == ("Paused", 1.0, 0.0)  # by hand
    stopped(served)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["brain_tissue"], "no release yet"),
        (["nothing"], "nothing"),
        (["p2", "a=1"], "overrides change a recipe"),
        (["p2", "--port", "99999"], "port"),
        (["p2", "--token-file", "missing"], "missing cannot be read"),
        (["p2", "--canary", "nowhere"], "no release"),
        (["damaged"], "model.onnx has other bytes"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(project: Project, words: list[str], said: str) -> None:
    scaled(project.path / "p2", 2)
    with (scaled(project.path / "damaged", 3) / "model.onnx").open("ab") as file:
        file.write(b" ")
    done = project("serve", *words, code=None)
    assert done.returncode != 0
    assert said in done.stderr
