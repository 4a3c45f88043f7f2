"""The example of each kind: in a project of its own it keeps the contract, and it is short."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stagewright import lifecycle
from stagewright.plugin.registry import Registry
from stagewright.plugin.settings import settings_of
from stagewright.scaffold.example import FOLDER, example
from stagewright.scaffold.plugin import PLACES, place, plugin_files
from stagewright.scaffold.writing import write
from stagewright.testing import laws
from stagewright.testing.subject import subject

KINDS = sorted(lifecycle.contracts())
# These run on what earlier stages left, which must be trained or exported first.
SLOW = {"train", "evaluate", "compress", "deploy", "rollout", "monitor", "objective.baseline", "evaluate.runtime",
        "compress.step", "deploy.target", "deploy.backend", "deploy.server", "deploy.predictor"}  # fmt: skip
LONGEST = 20  # lines from the mark on, without blank ones, comments and docstrings
NAME = "ours"


def file_of(kind: str) -> str:
    return f"plugins/{kind.replace('.', '/')}/{NAME}.py"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the example of every kind, all under one name."""
    folder = tmp_path_factory.mktemp("project")
    for kind in KINDS:
        write(folder, plugin_files(kind, NAME))
    return folder


def test_every_example_is_of_a_kind_that_exists() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {kind.replace(".", "_") for kind in KINDS}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.slow] if kind in SLOW else []) for kind in KINDS]
)
def test_an_example_keeps_its_contract(kind: str, project: Path) -> None:
    tried = subject(project / file_of(kind))
    assert (tried.found.kind, tried.found.name) == (kind, NAME)
    for law in laws.LAWS:
        law(tried)


@pytest.mark.parametrize("modality", ["image", "table"])
def test_the_example_of_a_metric_is_for_pictures_and_for_rows(modality: str, project: Path) -> None:
    tried = subject(project / file_of("metrics.metric"), modality=modality)
    task = {"image": "segmentation", "table": "classification"}[modality]
    assert task in tried.component.facts.fits
    for law in laws.LAWS:
        law(tried)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_short_and_says_what_to_replace(kind: str) -> None:
    text = example(kind).text
    assert "# yours" in text
    body = text[text.index("\n@") :].split("\n")
    lines = [line for line in body if line.strip() and not line.strip().startswith(("#", '"""'))]
    assert len(lines) <= LONGEST


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_examples_name_is_left(kind: str) -> None:
    shown = example(kind)
    assert f'"{shown.name}"' not in shown.named(NAME)
    assert f"def {shown.name}(" not in shown.named(NAME)


@pytest.mark.parametrize(
    "kind", [kind for kind in PLACES if PLACES[kind].startswith(f"{kind.split('.')[0]}: ")]
)
def test_the_place_that_is_told_is_where_a_recipe_names_it(kind: str, project: Path) -> None:
    """A recipe's section with it, bound by the bundled stage, has the plugin where the kind belongs."""
    told = yaml.safe_load(place(kind, NAME))
    (section, said), registry = next(iter(told.items())), Registry(project)
    assert section in lifecycle.SECTIONS + lifecycle.EXTRAS
    assert NAME in str(said)
    named = said if isinstance(said, list) else said.get("type", "")
    if kind == section:
        assert named == NAME
        assert registry.load(kind, NAME)
        return
    if kind not in ("objective.baseline", "metrics.metric", "rollout.test"):
        stage = said.get("type") or {"train": "lightning", "deploy": "local", "sweep": "optuna"}.get(
            section, "standard"
        )
        (key,) = [name for name in said if name != "type"]
        setting = settings_of(registry.load(section, stage).function)[key]
        assert setting.kind == kind or "type: tabular" in place(kind, NAME)
        assert (setting.many is list) == isinstance(said[key], list)
