"""What a user gets wrong, and the exact place and advice they get back; nothing here imports a heavy library."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from running import Project
from stagewright.cli import main

Checked = Callable[..., list[str]]

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
    path: .
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
    ("width: 8", 'width: "${train.depth}"', "18:23", "train.model.width", "which is not there"),
    ("owner: lab", "owner: ???", "5:3", "objective.owner", "missing value"),
    ("  problem: Counting by eye takes an hour a plate.\n", "", "3:1", "objective.problem", "missing"),
    ("train: 0.7", "train: 0.8", "15:3", "data.split", "is 1.1; they must sum to 1"),
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
    path = project.path / "plugins" / "metrics" / "metric" / "own_score.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "'''A metric for translation.'''\nfrom stagewright.stages import metrics\nfrom stagewright.stages.framing import Task\n\n"
        "@metrics.metric(fits=('translation',))\ndef own_score(task: Task, /) -> object:\n    return None\n"
    )
    lines = check(project, RECIPE.replace("[iou, dice]", "[iou, own_score]"))
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


# (what is replaced, by what, overrides, the whole of every line that comes back)
HERE = "recipes/cells.yaml"
LINES: dict[str, tuple[str, str, list[str], list[str]]] = {
    # names, at every depth
    "section": ("train:\n", "trian:\n", [], [
        f"{HERE}:17:1 trian: unknown section, did you mean 'train'?",
        f"{HERE}:20:1 evaluate: needs the section `train`, which the recipe does not have"]),
    "key of a kpi": ("target: 10", "targt: 10", [], [
        f"{HERE}:7:7 objective.kpis[0].target: missing: needs a value",
        f"{HERE}:7:37 objective.kpis[0].targt: unknown key, did you mean 'target'?"]),
    "inside an approach": (
        "  success:", "  approaches:\n    - {name: a, reason: b, train: {model: {type: unet, widht: 3}}}\n  success:", [],
        [f"{HERE}:11:56 framing.approaches[0].train.model.widht: unknown setting of train.model plugin 'unet', "
         "did you mean 'width'?"]),
    "code is no name": ("type: unet", "type: torch.nn.Linear", [], [f"{HERE}:18:11 train.model.type: no train.model "]),
    "a path is no name": ("type: unet", "type: ../unet", [], [
        f"{HERE}:18:11 train.model.type: no train.model plugin '../unet', did you mean 'unet'?"]),
    "a very long name": ("type: unet", f"type: {'x' * 3000}", [], [
        f"{HERE}:18:11 train.model.type: `type:` must be a name, got 'xxx"]),
    "_target_": ("width: 8", "width: 8, _target_: os.system", [], [
        f"{HERE}:18:33 train.model._target_: unknown setting of train.model plugin 'unet', known: "]),
    "yes is a key of its own": ("seed: 1", "seed: 1\nyes: 4", [], [f"{HERE}:3:1 True: unknown section, known: "]),
    # types
    "seed null": ("seed: 1", "seed: null", [], [f"{HERE}:2:1 seed: expected int, got None"]),
    "seed negative": ("seed: 1", "seed: -1", [], [f"{HERE}:2:1 seed: a seed is a whole number from 0 to 4294967295, got -1"]),
    "name too long": ("name: cells", f"name: {'a' * 500}", [], [f"{HERE}:1:1 name: a name has at most 100 characters, got 500"]),
    "words that YAML takes for true": ("[background, cell]", "[no, yes]", [], [
        f"{HERE}:9:40 framing.task.classes[0]: input should be a valid string, got False",
        f"{HERE}:9:44 framing.task.classes[1]: input should be a valid string, got True"]),
    "not a number": ("train: 0.7", "train: .nan", [], [f"{HERE}:15:25 data.split.train: input should be less than 1, got nan"]),
    "a percentage": ("train: 0.7", "train: 70%", [], [f"{HERE}:15:25 data.split.train: input should be a valid number, got '70%'"]),
    "a name where a list is meant": ("[iou, dice]", "iou", [], [f"{HERE}:16:1 metrics: expected a list, got 'iou'; write [iou]"]),
    "a section that is true": ("evaluate:\n  slices: [brightness]", "evaluate: true", [], [
        f"{HERE}:20:1 evaluate: expected a mapping with `type:` (an evaluate plugin), got True"]),
    "no date": ("  success:", "  milestones: [{name: a, date: soon, expect: iou_mean > 0}]\n  success:", [], [
        f"{HERE}:10:26 framing.milestones[0].date: input should be a valid date in the format YYYY-MM-DD"]),
    # conditions
    "a criterion that reads nothing": ("iou_mean >= 0.8", "1 > 0", [], [
        f"{HERE}:10:13 framing.success[0]: '1 > 0' reads no metric, so it says the same of every model; name one"]),
    "a criterion on a text": ("iou_mean >= 0.8", "iou_mean > 'a'", [], [
        f"{HERE}:10:13 framing.success[0]: \"iou_mean > 'a'\" holds the text 'a'; metrics are numbers"]),
    "a criterion that never has a value": ("iou_mean >= 0.8", "iou_mean / 0 > 1", [], [
        f"{HERE}:10:13 framing.success[0]: 'iou_mean / 0 > 1' cannot be computed: float division by zero (column 10), "
        "whatever the metrics are"]),
    "a criterion as deep as it is long": ("iou_mean >= 0.8", f"'{'1+' * 400}iou_mean > 1'", [], [
        f"{HERE}:10:13 framing.success[0]: '1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+...: has more than 300 "]),
    "Python": ("iou_mean >= 0.8", "\"__import__('os').system('x') > 0\"", [], [
        f"{HERE}:10:13 framing.success[0]: \"__import__('os').system('x') > 0\": unexpected '.' (column 17)"]),
    "signs of other languages": ("[iou_mean >= 0.8]", "[iou_mean => 0.8, 'iou_mean > 80%', iou_mean > 0 && iou_mean > 0]", [], [
        f"{HERE}:10:13 framing.success[0]: 'iou_mean => 0.8': unexpected '=', comparisons are < <= > >= == != (column 10)",
        f"{HERE}:10:30 framing.success[1]: 'iou_mean > 80%': unexpected '%', write a share as a number: 0.8 for 80 %",
        f"{HERE}:10:48 framing.success[2]: 'iou_mean > 0 && iou_mean > 0': unexpected '&', write `and`"]),
    "a text in place of a list": ("[iou_mean >= 0.8]", "iou_mean >= 0.8", [], [
        f"{HERE}:10:3 framing.success: input should be a list, got 'iou_mean >= 0.8'; write [iou_mean >= 0.8]"]),
    "a variable is text": ("seed: 1", "seed: ${oc.env:NO_SUCH_SEED,7}", [], [
        f"{HERE}:2:1 seed: expected int, got '7'; a variable is text, to read it as YAML write "
        "${oc.decode:${oc.env:NO_SUCH_SEED,7}}"]),
    "a chain": ("iou_mean >= 0.8", "0.5 < iou_mean < 0.8", [], [
        f"{HERE}:10:13 framing.success[0]: '0.5 < iou_mean < 0.8': comparisons do not chain; join them with `and`"]),
    # interpolations
    "a cycle": ("max_epochs: 3", "max_epochs: ${train.batch_size}\n  batch_size: ${train.max_epochs}", [], [
        f"{HERE}:19:3 train.max_epochs: '${{train.batch_size}}' refers to itself",
        f"{HERE}:20:3 train.batch_size: '${{train.max_epochs}}' refers to itself"]),
    "what it stands in": ("owner: lab", "owner: ${objective}", [], [
        f"{HERE}:5:3 objective.owner: '${{objective}}' refers to what it stands in"]),
    "a neighbour": ("owner: lab", "owner: ${.problm}", [], [
        f"{HERE}:5:3 objective.owner: '${{.problm}}' refers to 'problm', which is not there, did you mean 'problem'?"]),
    "no such resolver": ("owner: lab", "owner: ${os.system:ls}", [], [
        f"{HERE}:5:3 objective.owner: '${{os.system:ls}}': there is no resolver 'os.system' (known: "]),
    "no quotes between braces": ("width: 8", "width: ${train.depth}", [], [
        f"{HERE}:18:31 is not valid YAML: expected ',' or '}}', but got '{{'; between {{ }} or [ ] an interpolation needs quotes"]),
    # YAML
    "an open quote": ("owner: lab", "owner: 'lab", [], [f"{HERE}:5:10 is not valid YAML: a quote that opens here is not closed"]),
    "a tab": ("  owner: lab", "\towner: lab", [], [
        f"{HERE}:5:1 is not valid YAML: found character '\\t' that cannot start any token; indent with spaces, not tabs"]),
    "the same key twice": ("seed: 1", "seed: 1\nseed: 2", [], [f"{HERE}:3:1 is not valid YAML: found duplicate key seed"]),
    "tags": ("owner: lab", "owner: !!python/object/apply:os.system [ls]\n  contact: !!binary aGVsbG8=", [], [
        f"{HERE}:5:10 the YAML tag '!!python/object/apply:os.system' is not allowed: ",
        f"{HERE}:6:12 the YAML tag '!!binary' is not allowed: "]),
    "an empty key": ("seed: 1", "seed: 1\n~: 4", [], [f"{HERE}:3:1 a key must be a name, in quotes if need be"]),
    "an alias of itself": ("owner: lab", "owner: &a [*a]", [], [f"{HERE}:5:10 aliases that write this out make more than "]),
    "too deep": ("seed: 1", f"seed: {'[' * 2000}{']' * 2000}", [], [f"{HERE}:2:56 is nested too deeply"]),
    "another document": ("seed: 1", "seed: 1\n---\nseed: 2", [], [f"{HERE}:3:1 is not valid YAML: a file holds one document, and here begins another"]),
    # the defaults list, and what can be checked in spite of it
    "a group and the rest": ("name: cells", "defaults:\n  - train/model: unett\n  - _self_\nname: cells", ["seed=x"], [
        f"{HERE}:2:5 defaults.train/model: no config 'unett', did you mean 'unet'?",
        "override 'seed=x' seed: expected int, got 'x'"]),
    "a list that is none": ("name: cells", "name: cells\ndefaults: unet", [], [f"{HERE}:2:1 defaults: Invalid defaults list"]),
    "a file that includes itself": ("name: cells", "name: cells\ndefaults:\n  - _self_\n  - /cells", [], [
        f"{HERE}:4:5 defaults: is nested in itself: this entry leads back to the file it stands in"]),
    "no plugin where one is needed": ("max_epochs: 3", "max_epochs: 3\n  loss: {type: sum, of: []}", [], [
        f"{HERE}:20:21 train.loss.of: needs 1 or more train.loss plugins, got 0"]),
    "Hydra's own node": ("seed: 1", "seed: 1\nhydra: {launcher: {_target_: os.system}}", [], [
        f"{HERE}:3:20 hydra.launcher._target_: a recipe cannot say this about Hydra"]),
    # overrides
    "no override at all, and others": ("", "", ["=x", "train.modl.width=3", "objective.owner=???"], [
        "override '=x' is not an override (it has no key); write key=value, +key=value or ~key, the key in letters",
        "override 'objective.owner=???' objective.owner: missing value: the recipe says ???, set it",
        "override 'train.modl.width=3' train.modl: unknown setting of train plugin 'lightning', did you mean 'model'?"]),
    "a mapping for a section": ("", "", ["train={modl: {type: unet}}"], [
        "override 'train={modl: {type: unet}}' train.modl: unknown setting of train plugin 'lightning', did you mean 'model'?"]),
    "a mapping for a number": ("", "", ["seed.x=3"], ["override 'seed.x=3' seed: expected int, got {'x': 3}"]),
    "a list's item": ("", "", ["~metrics.0", "metrics.7=iou"], [
        "override 'metrics.7=iou' metrics[7]: cannot be set: list index out of range",
        "override '~metrics.0' metrics[0]: cannot be removed: one item of a list cannot be removed, write the whole list"]),
    "what is not there": ("", "", ["~train.foo", "~train.max_epochs=4"], [
        "override '~train.foo' train.foo: cannot be removed: it is not there",
        "override '~train.max_epochs=4' train.max_epochs: cannot be removed: its value is 3, not 4"]),
    "groups": ("", "", ["train/modell=unet", "train/model=deeplab", "train/optimizer=3"], [
        "override 'train/model=deeplab' train/model: the recipe's defaults list has no 'train/model'; add it with "
        "'+train/model=deeplab'",
        "override 'train/modell=unet' there is no config group 'train/modell'; a setting is written with dots",
        "override 'train/optimizer=3' chooses from the config group 'train/optimizer' by name, got 3"]),
    "a group's option": ("", "", ["+train/model=unett", "seed=x"], [
        "override '+train/model=unett' defaults.train/model: no config 'unett', did you mean 'unet'?",
        "override 'seed=x' seed: expected int, got 'x'"]),
    "an experiment that is not there": ("", "", ["+experiment=slow"], [
        "override '+experiment=slow' experiment: unknown section, `+experiment=NAME` takes conf/experiment/NAME.yaml, whose "
        "first line is `# @package _global_`"]),
    "a package": ("", "", ["+train/model@foo=unet"], ["override '+train/model@foo=unet' foo: unknown section, known: "]),
    "several values": ("", "", ["seed=1,2", "train.max_epochs=range(1,3)"], [
        "override 'seed=1,2' has several values: add -m to run each, or quote the value if it is one",
        "override 'train.max_epochs=range(1,3)' has several values: "]),
    "signs without quotes": ("", "", ["framing.success=[iou_mean>0.5]"], [
        "override 'framing.success=[iou_mean>0.5]' is not an override (token recognition error at: '>'); write key=value, "
        "+key=value or ~key, a value with other signs in quotes: \"key='a > b'\""]),
    "shares": ("", "", ["data.split.train=0.9"], [
        "override 'data.split.train=0.9' data.split: train 0.9 + validation 0.15 + test 0.15 is 1.2; they must sum to 1"]),
    "a very long value": ("", "", [f"seed={'a' * 5000}"], ["override 'seed=aaaaaaaaaaaaaaaaaaaaaaa"]),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_every_line_says_what_where_and_why(checked: Checked, case: str) -> None:
    old, new, overrides, expected = LINES[case]
    assert old in RECIPE
    lines = checked(RECIPE.replace(old, new, 1), *overrides)
    assert len(lines) == len(expected), lines
    for line, start in zip(sorted(lines), sorted(expected), strict=True):
        assert line.startswith(start)
        assert len(line) < 500


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", f"{HERE}:1:1 objective: missing: a recipe needs the section `objective`"),
        (b"# nothing\n", f"{HERE}:1:1 objective: missing: a recipe needs the section `objective`"),
        (b"- a\n- b\n", f"{HERE}:1:1 holds a list; a recipe or a config group's file is a mapping of keys"),
        (b"3\n", f"{HERE}:1:1 holds one value; a recipe or a config group's file is a mapping of keys"),
        (bytes(range(256)), f"{HERE}:2:118 is not UTF-8 text; save the file as UTF-8"),
        (RECIPE.encode("utf-16"), f"{HERE}:1:1 is not UTF-8 text; save the file as UTF-8"),
        (
            RECIPE.replace("lab", "l\0b").encode(),
            f"{HERE}:5:11 is not valid YAML: special characters are not allowed",
        ),
    ],
    ids=["empty", "comment", "list", "number", "binary", "utf-16", "nul"],
)
def test_what_is_no_recipe_at_all(checked: Checked, content: bytes, expected: str) -> None:
    lines = checked(content)
    assert lines[0] == expected
    assert all(PLACED.match(line) for line in lines)


def test_a_group_that_includes_itself_is_told_in_its_own_file(project: Project) -> None:
    group = project.path / "conf" / "train" / "model"
    group.mkdir(parents=True)
    (group / "loop.yaml").write_text("# around\ndefaults:\n  - other\n  - _self_\ntype: unet\n")
    (group / "other.yaml").write_text("defaults:\n  - _self_\n  - /train/model: loop\n")
    (line,) = check(project, "defaults:\n  - train/model: loop\n  - _self_\n" + RECIPE)
    assert (
        line
        == "conf/train/model/other.yaml:3:5 defaults: is nested in itself: this entry leads back to the file it stands in"
    )


def test_aliases_that_multiply_are_refused_before_they_are_written_out(checked: Checked) -> None:
    layers = "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghi"))
    began = time.monotonic()
    (line,) = checked("a: &a [x, x, x, x, x, x, x, x, x]\n" + layers + RECIPE)
    assert line.startswith(f"{HERE}:6:4 aliases that write this out make more than 100000 values")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_typed_every_line_has_its_place(checked: Checked, seed: int) -> None:
    """Lines dropped, doubled, moved and spoilt at random: the verdict is 0 or 2, and never a traceback."""
    random = Random(seed)
    lines = RECIPE.split("\n")
    for _ in range(random.randint(1, 3)):
        i, j = random.randrange(len(lines)), random.randrange(len(lines))
        at = random.randint(0, len(lines[i]))
        spoilt = lines[i][:at] + random.choice(SIGNS) + lines[i][at + random.randint(0, 2) :]
        lines[i : i + 1] = random.choice(
            [[], [lines[i], lines[j]], [lines[j]], [f"  {lines[i]}"], [spoilt], [spoilt]]
        )
    told = checked("\n".join(lines), code=None)
    assert all(PLACED.match(line) for line in told)
    assert len(set(told)) == len(told)


PLACED = re.compile(r"recipes/cells\.yaml:\d+:\d+ \S")
SIGNS = ["???", "null", "[]", "{", "}", "'", '"', "${train}", "${x.y}", "!!int ", "*a", "&a ", "\t", "- ", "? ", ": ", "#", "|",
         "> ", "@", "%", "`", "é", "---", "<<: ", "\\", "\0", "0x10", "-1", ".inf"]  # fmt: skip


@pytest.fixture
def checked(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Checked:
    """`stagewright check` in this process, for many recipes; its lines, held to the exit code."""

    def run(content: str | bytes, *overrides: str, code: int | None = 2) -> list[str]:
        text = content if isinstance(content, bytes) else content.encode()
        (project.path / "recipes" / "cells.yaml").write_bytes(text)
        monkeypatch.chdir(project.path)
        ended = main(["check", "cells", *overrides, "--fresh"])
        assert ended in ((0, 2) if code is None else (code,))
        told = capsys.readouterr()
        assert bool(told.err) == (ended == 2)
        return told.err.splitlines()

    return run


def check(project: Project, text: str) -> list[str]:
    (project.path / "recipes" / "cells.yaml").write_text(text)
    return project("check", "cells", code=2).stderr.splitlines()
