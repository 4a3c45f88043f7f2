"""Recipes in the real yaml-language-server: what it marks, offers and shows, with the schemas of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import language_server
from language_server import LanguageServer, Opened
from stagewright.cli import main

ROOT = Path(__file__).resolve().parents[3]
FILES = [*sorted(ROOT.glob("recipes/*.yaml")), *sorted(ROOT.glob("conf/**/*.yaml"))]
RECIPE = """\
# yaml-language-server: $schema=../.stagewright/schema/recipe.json
name: cells
seed: 1
objective:
  problem: Counting by eye takes an hour a plate.
  owner: lab
  kpis:
    - {name: minutes, baseline: 60, target: 10, direction: minimize, estimate: 60 * (1 - iou_mean)}
framing:
  task: {type: segmentation, classes: [background, cell], size: [64, 64]}
  success: [iou_mean >= 0.8]
data:
  source:
    type: image_folder
    path: data
  split: {type: random, train: 0.7, validation: 0.15, test: 0.15}
metrics: [iou, dice]
train:
  model:
    type: unet
    width: 8
  max_epochs: 3
evaluate:
  slices: [brightness]
"""
# (what is replaced, by what, the line that is marked, words of the message)
WRONG = [
    ("train:\n", "trian:\n", 18, "Property trian is not allowed"),
    ("  source:\n", "  sorce:\n", 13, "Property sorce is not allowed"),
    ("width: 8", "widht: 8", 21, "Property widht is not allowed"),
    ("target: 10", "targt: 10", 8, "Property targt is not allowed"),
    ("type: unet", "type: unett", 20, 'Value is not accepted. Valid values: "deeplab"'),
    ("type: image_folder", "type: image_foldr", 14, '"image_folder"'),
    ("[iou, dice]", "[iou, dise]", 17, '"dice"'),
    ("max_epochs: 3", "max_epochs: three", 22, 'Expected "integer"'),
    ("max_epochs: 3", "max_epochs: 3.5", 22, "Incorrect type"),
    ("max_epochs: 3", "max_epochs: [3]", 22, "Incorrect type"),
    ("owner: lab", "owner: 3", 6, 'Expected "string"'),
    ("max_epochs: 3", "max_epochs: 0", 22, "below the minimum of 1"),
    ("width: 8", "width: 1000", 21, "above the maximum of 256"),
    ("train: 0.7", "train: 1.7", 16, "maximum of 1"),
    ("seed: 1", "seed: -1", 3, "below the minimum of 0"),
    ("size: [64, 64]", "size: [64]", 10, "too few items"),
    ("direction: minimize", "direction: down", 8, '"minimize"'),
    ("evaluate:\n  slices: [brightness]", "evaluate: true", 23, "Incorrect type"),
    ("name: cells", "defaults:\n  - train/model: unett\n  - _self_", 3, '"unet"'),
]
RIGHT = [
    ("width: 8", "width: ${train.max_epochs}"),
    ("width: 8", "width: ???"),
    ("type: unet\n    width: 8", "type: deeplab"),
    (
        "name: cells",
        "defaults:\n  - brain_tissue\n  - train/model: unet\n  - override /train/loss: dice\n  - _self_",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's recipes, with its schemas beside them."""
    project = tmp_path_factory.mktemp("project")
    (project / "recipes").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        assert main(["schema"]) == 0
    return project / "recipes"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[LanguageServer]:
    if why := language_server.missing():
        pytest.skip(why)
    with LanguageServer(folder.parent) as running:
        yield running


def with_cursor(server: LanguageServer, folder: Path, old: str, new: str) -> tuple[Opened, int, int]:
    """The recipe with a change that holds `|`, and where that is."""
    assert old in RECIPE
    before, _, after = RECIPE.replace(old, new, 1).partition("|")
    opened = server.open(folder, before + after)
    return opened, before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.slow  # the first time, npm installs the server
def test_a_right_recipe_is_not_marked(server: LanguageServer, folder: Path) -> None:
    assert server.open(folder, RECIPE).diagnostics == ()


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), RIGHT, ids=[new[:25] for _, new in RIGHT])
def test_what_may_be_said_is_not_marked(server: LanguageServer, folder: Path, old: str, new: str) -> None:
    assert old in RECIPE
    assert server.open(folder, RECIPE.replace(old, new, 1)).diagnostics == ()


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_bundled_file_is_marked(server: LanguageServer, folder: Path, path: Path) -> None:
    beside = folder.parent / path.parent.relative_to(ROOT)
    text = path.read_text()
    assert server.open(beside, text).diagnostics == ()
    line = text.count("\n") + 1  # nor is that for want of a schema
    assert server.open(beside, f"{text}no_such_key: 1\n").diagnostics == (
        f"{line}: Property no_such_key is not allowed.",
    )


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new", "line", "words"), WRONG, ids=[item[1][:25] for item in WRONG])
def test_a_mistake_is_marked_in_its_line(
    server: LanguageServer, folder: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in RECIPE
    marked = server.open(folder, RECIPE.replace(old, new, 1)).diagnostics
    assert any(item.startswith(f"{line}: ") and words in item for item in marked), marked
    assert {item.split(":")[0] for item in marked} == {str(line)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "offered"),
    [
        ("type: unet\n", "type: |\n", {"deeplab", "pruned", "unet"}),
        ("model:\n    type: unet\n    width: 8", "model: |", {"deeplab", "pruned", "unet"}),
        ("width: 8", "|", {"width", "depth", "norm", "dropout"}),
        ("max_epochs: 3", "|", {"type", "loss", "max_epochs", "batch_size"}),
        ("max_epochs: 3", "type: |", {"lightning", "gradient_boosting", "table_mlp"}),
        ("max_epochs: 3", "precision: |", {"auto", "bf16-mixed"}),
        ("[iou, dice]", "\n  - |", {"iou", "boundary_f1", "type"}),
        ("  success:", "  |\n  success:", {"approaches", "budget", "policy"}),
        ("evaluate:", "|\nevaluate:", {"compress", "deploy", "rollout", "monitor"}),
        (
            "name: cells",
            "defaults:\n  - |",
            {"_self_", "brain_tissue", "train/model", "override train/model"},
        ),
        ("name: cells", "defaults:\n  - train/model: |", {"unet", "deeplab"}),
    ],
)
def test_names_and_settings_are_offered(
    server: LanguageServer, folder: Path, old: str, new: str, offered: set[str]
) -> None:
    opened, line, column = with_cursor(server, folder, old, new)
    assert offered <= opened.completions(line, column).keys()


@pytest.mark.slow
def test_what_is_offered_comes_with_its_default_and_its_doc(server: LanguageServer, folder: Path) -> None:
    opened, line, column = with_cursor(server, folder, "width: 8", "|")
    width = opened.completions(line, column)["width"]
    assert width["insertText"] == "width: ${1:12}"
    assert "channels of the first level" in width["documentation"]["value"]
    opened, line, column = with_cursor(server, folder, "type: unet", "type: |")
    assert "Ronneberger" in opened.completions(line, column)["unet"]["documentation"]["value"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("width", "channels of the first level.*at least 2, at most 256; default `12`"),
        ("max_epochs", "passes over the train split.*default `30`"),
        ("unet", "U-Net"),
        ("target", "the figure that makes the project a success"),
        ("evaluate", "the chosen model on the test split"),
    ],
)
def test_docs_limits_and_defaults_are_shown(
    server: LanguageServer, folder: Path, at: str, words: str
) -> None:
    opened = server.open(folder, RECIPE)
    before = RECIPE[: RECIPE.index(at)]
    shown = opened.hover(before.count("\n") + 1, len(before) - before.rfind("\n") + 1)
    assert re.search(words, shown, re.DOTALL), shown
