"""What a user gets wrong, and the exact place and advice they get back; nothing here imports a heavy library."""

from __future__ import annotations

import pytest

from running import Project

RECIPE = """\
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
  model: {type: unet, width: 8}
  max_epochs: 3
evaluate:
  slices: [brightness]
"""

# (what is replaced, by what, the place, the key, words of the message)
WRONG = [
    ("  source:\n", "  sorce:\n", "12:3", "data.sorce", "did you mean 'source'?"),
    ("max_epochs: 3", "max_epochs: three", "19:3", "train.max_epochs", "integer"),
    ("max_epochs: 3", "max_epochs: 0", "19:3", "train.max_epochs", "greater than"),
    ("type: unet", "type: unett", "18:11", "train.model.type", "did you mean 'unet'?"),
    ("width: 8", "widht: 8", "18:23", "train.model.widht", "did you mean 'width'?"),
    (
        "    type: image_folder\n",
        "    type: image_foldr\n",
        "13:5",
        "data.source.type",
        "did you mean 'image_folder'?",
    ),
    ("iou_mean >= 0.8", "iou_men >= 0.8", "10:13", "framing.success[0]", "did you mean 'iou_mean'?"),
    (
        "iou_mean >= 0.8",
        "boundary_f1_mean >= 0.8",
        "10:13",
        "framing.success[0]",
        "which no listed metric gives",
    ),
    ("[iou, dice]", "[iou, dise]", "16:16", "metrics[1].type", "did you mean 'dice'?"),
    ("width: 8", "width: ${train.depth}", "18:23", "train.model.width", "which is not there"),
    ("owner: lab", "owner: ???", "5:3", "objective.owner", "missing value"),
    ("  problem: Counting by eye takes an hour a plate.\n", "", "3:1", "objective.problem", "missing"),
    ("train: 0.7", "train: 0.8", "15:3", "data.split", "1"),
]


@pytest.mark.parametrize(
    ("old", "new", "at", "key", "words"), WRONG, ids=[item[3] + item[1][:12] for item in WRONG]
)
def test_one_mistake_is_one_line_with_its_place(
    project: Project, old: str, new: str, at: str, key: str, words: str
) -> None:
    assert old in RECIPE
    lines = check(project, RECIPE.replace(old, new))
    own = [line for line in lines if line.split(" ", 2)[1].startswith(key)]
    assert own, lines
    assert own[0].startswith(f"recipes/cells.yaml:{at}"), own
    assert words in own[0]


def test_the_recipe_is_right_without_a_mistake(project: Project) -> None:
    (project.path / "recipes" / "cells.yaml").write_text(RECIPE)
    assert "no problems" in project("check", "cells", code=0).stdout


def test_all_mistakes_come_in_one_go(project: Project) -> None:
    text = RECIPE.replace("max_epochs: 3", "max_epochs: three").replace("type: unet", "type: unett")
    text = text.replace("[iou, dice]", "[iou, dise]").replace("iou_mean >= 0.8", "nothing >= 0.8")
    text = text.replace("owner: lab", "owner: ???").replace("seed: 1", "sead: 1")
    lines = check(project, text)
    for key in ("train.max_epochs", "train.model.type", "metrics[1]", "objective.owner", "sead"):
        assert any(f" {key}" in line for line in lines), (key, lines)
    assert all(line.startswith("recipes/cells.yaml:") for line in lines)


def test_an_override_is_named_as_an_override(project: Project) -> None:
    (project.path / "recipes" / "cells.yaml").write_text(RECIPE)
    ended = project("check", "cells", "train.max_epochs=three", "train.modl.width=3", code=2)
    lines = sorted(ended.stderr.splitlines())
    assert lines[0].startswith("override 'train.max_epochs=three' train.max_epochs: ")
    assert lines[1].startswith("override 'train.modl.width=3' train.modl")
    assert len(lines) == 2


def test_a_missing_group_and_broken_yaml_have_places(project: Project) -> None:
    assert check(project, "defaults:\n  - train/model: unett\n  - _self_\n" + RECIPE)[0].startswith(
        "recipes/cells.yaml:2:5 defaults.train/model: no config 'unett'"
    )
    assert check(project, RECIPE.replace("seed: 1", "seed: [1"))[0].startswith("recipes/cells.yaml:3:")


def test_a_metric_for_another_task_is_refused(project: Project) -> None:
    path = project.path / "plugins" / "metrics" / "metric" / "bleu.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "'''A metric for translation.'''\nfrom stagewright.stages import metrics\nfrom stagewright.stages.framing import Task\n\n"
        "@metrics.metric(fits=('translation',))\ndef bleu(task: Task, /) -> object:\n    return None\n"
    )
    lines = check(project, RECIPE.replace("[iou, dice]", "[iou, bleu]"))
    assert lines[0].startswith("recipes/cells.yaml:16:16 metrics[1]")
    assert "does not fit the task 'segmentation'" in lines[0]


def test_a_plugin_that_raises_at_import_is_reported_and_the_others_work(project: Project) -> None:
    path = project.path / "plugins" / "train" / "model" / "broken.py"
    path.parent.mkdir(parents=True)
    path.write_text("raise RuntimeError('no such luck')\n")
    assert "no such luck" in check(project, RECIPE.replace("type: unet", "type: broken"))[0]
    (project.path / "recipes" / "cells.yaml").write_text(RECIPE)
    project("check", "cells", code=0)
    listed = project("plugins", "train.model", code=None).stdout
    assert "no such luck" in listed
    assert "unet" in listed


def check(project: Project, text: str) -> list[str]:
    (project.path / "recipes" / "cells.yaml").write_text(text)
    return project("check", "cells", code=2).stderr.splitlines()
