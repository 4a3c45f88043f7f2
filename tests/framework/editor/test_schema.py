"""`stagewright schema`: what it takes for right is right by `check`, and what is wrong it finds, without an editor."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from documents import Block, blocks
from e2e.test_wrong_recipes import RECIPE as OF_USERS_RECIPE
from e2e.test_wrong_recipes import WRONG as OF_USERS
from stagewright.cli import main
from stagewright.editor.choices import Choices
from stagewright.editor.files import documents
from stagewright.editor.plugins import Plugins
from stagewright.editor.recipes import Documents
from stagewright.lifecycle import EXTRAS, SECTIONS
from stagewright.plugin.registry import Registry

ROOT = Path(__file__).resolve().parents[3]
FILES = [*sorted(ROOT.glob("recipes/*.yaml")), *sorted(ROOT.glob("conf/**/*.yaml"))]
DOCUMENTED = [
    block
    for block in blocks("yaml")
    if set(yaml.safe_load(block.text)) <= {*SECTIONS, *EXTRAS, "defaults"}
    and "conf/" not in (block.file or "")
]
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")
# The smallest recipe whose sections are the bundled ones.
RIGHT = """\
objective: {problem: a, owner: b}
framing: {task: {type: segmentation, classes: [a, b], size: [8, 8]}}
data: {source: {type: image_folder, path: x}}
metrics: [iou, {type: boundary_f1, tolerance: 0.01}]
train: {model: {type: unet, width: 8}, max_epochs: 3}
"""
# (what is replaced, by what, where the error is)
WRONG: dict[str, tuple[str, str, str]] = {
    "an unknown section": ("train:", "trian:", ""),
    "an unknown setting": ("max_epochs", "max_epoch", "train"),
    "an unknown setting of a nested plugin": ("width", "widht", "train.model"),
    "an unknown setting in a list": ("tolerance", "tolerence", "metrics.1"),
    "an unknown plugin": ("type: unet", "type: unett", "train.model.type"),
    "an unknown plugin by its bare name": ("[iou,", "[iuo,", "metrics.0"),
    "an unknown plugin in a list": ("boundary_f1", "boundary", "metrics.1.type"),
    "text for a number": ("max_epochs: 3", "max_epochs: three", "train.max_epochs"),
    "a fraction for a whole number": ("max_epochs: 3", "max_epochs: 3.5", "train.max_epochs"),
    "a number below its limit": ("max_epochs: 3", "max_epochs: 0", "train.max_epochs"),
    "a number above its limit": ("tolerance: 0.01", "tolerance: 1.5", "metrics.1.tolerance"),
    "too few items": ("size: [8, 8]", "size: [8]", "framing.task.size"),
    "no such choice": ("max_epochs: 3", "precision: half", "train.precision"),
    "a list for a section": ("train: {model: {type: unet, width: 8}, max_epochs: 3}", "train: [unet]", "train"),
    "a setting of another plugin": ("max_epochs: 3", "iterations: 3", "train"),
    "a name with a space": ("objective:", "name: a b\nobjective:", "name"),
    "a negative seed": ("objective:", "seed: -1\nobjective:", "seed"),
    "a key of Hydra that can name code": ("objective:", "hydra: {launcher: {x: 1}}\nobjective:", "hydra"),
    "a missing key in a list": ("owner: b", "owner: b, kpis: [{name: a}]", "objective.kpis.0"),
    "an unknown key in a model": ("owner: b", "owner: b, stakeholders: [{role: a, nmae: b}]", "objective.stakeholders.0"),
    "an unknown key in a mapping": ("classes: [a, b]", "clases: [a, b]", "framing.task"),
    "an unknown key of an approach": (
        "framing: {", "framing: {approaches: [{name: a, reason: b, train: {model: {type: unet, widht: 3}}}], ",
        "framing.approaches.0.train.model",
    ),
    "an unknown test of a guard": (
        "metrics:", "rollout: {analysis: {guards: [{name: a, test: {type: mspr}}]}}\nmetrics:",
        "rollout.analysis.guards.0.test.type",
    ),
    "no such config": ("objective:", "defaults: [{train/model: unett}, _self_]\nobjective:", "defaults.0.train/model"),
    "no such group": ("objective:", "defaults: [{train/modl: unet}, _self_]\nobjective:", "defaults.0"),
    "no such recipe": ("objective:", "defaults: [brain_tisue, _self_]\nobjective:", "defaults.0"),
}  # fmt: skip
ALSO_RIGHT = {
    "an interpolation for a number": ("max_epochs: 3", 'max_epochs: "${seed}"'),
    "an interpolation for a plugin": ("{type: unet, width: 8}", '"${oc.env:MODEL}"'),
    "an interpolation for a type": ("type: unet", 'type: "${oc.env:MODEL}"'),
    "what an override must say": ("max_epochs: 3", 'max_epochs: "???"'),
    "a bare name for a plugin": ("{type: unet, width: 8}", "unet"),
    "no section": ("objective:", "tracking: null\nobjective:"),
    "a section by a bare name": ("objective:", "tracking: mlflow\nobjective:"),
    "a section's list written out": ("metrics: [iou,", "metrics: {of: [iou,"),
    "a plugin of another type": ("train: {model: {type: unet, width: 8}, max_epochs: 3}", "train: {type: table_mlp}"),
    "a plugin in a plugin": ("max_epochs: 3", "loss: {type: sum, of: [dice, {type: focal, gamma: 1}]}"),
    "a duration": ("metrics:", "rollout: {steps: [{pause: {duration: 5m}}]}\nmetrics:"),
    "a sweep": ("objective:", "hydra: {sweeper: {params: {seed: '1,2'}}}\nobjective:"),
    "a defaults list": (
        "objective:",
        "defaults: [brain_tissue, train/model: unet, override /train/loss: dice, optional deploy: local,"
        " train/model@train.model: unet, compress/int8, _self_]\nobjective:",
    ),
    "a part of a section that another file begins": (
        "train: {model: {type: unet, width: 8}, max_epochs: 3}",
        "defaults: [brain_tissue, _self_]\ntrain: {model: {width: 8}, patience: 4}",
    ),
}  # fmt: skip


class OfEditors(yaml.SafeLoader):
    """YAML as editors read it: a date is text, `no` is text."""


OfEditors.yaml_implicit_resolvers = {
    first: [(tag, found) for tag, found in known if tag.rpartition(":")[2] != "timestamp"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    return dict(documents(ROOT).all())


def errors(schema: dict[str, Any], text: str) -> list[str]:
    """Paths of everything wrong, alternatives looked into."""
    found = Draft7Validator(schema).iter_errors(yaml.load(text, OfEditors))
    return sorted({".".join(map(str, path)) for error in found for path in paths(error)})


def paths(error: ValidationError) -> list[list[str | int]]:
    here = list(error.absolute_path)
    deeper = [path for part in error.context or () for path in paths(part) if len(path) > len(here)]
    return deeper or [here]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_bundled_file_fits_its_schema(path: Path) -> None:
    name = "recipe" if path.parent.name == "recipes" else path.parent.relative_to(ROOT / "conf").as_posix()
    assert errors(schemas()[name], path.read_text()) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_bundled_file_names_its_schema(path: Path) -> None:
    named = MODELINE.match(path.read_text())
    assert named, "the first line is the modeline"
    name = "recipe" if path.parent.name == "recipes" else path.parent.relative_to(ROOT / "conf").as_posix()
    assert (path.parent / named[1]).resolve() == ROOT / ".stagewright" / "schema" / f"{name}.json"


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_found_where_it_is(case: str) -> None:
    old, new, at = WRONG[case]
    assert old in RIGHT
    assert at in errors(schemas()["recipe"], RIGHT.replace(old, new, 1))


@pytest.mark.parametrize("case", ALSO_RIGHT)
def test_what_a_recipe_may_say_is_right(case: str) -> None:
    old, new = ALSO_RIGHT[case]
    assert old in RIGHT
    text = RIGHT.replace(old, new, 1)
    text = text.replace("0.01}]", "0.01}]}") if "{of:" in new else text
    assert errors(schemas()["recipe"], text) == []


def test_every_schema_is_one() -> None:
    for name, schema in schemas().items():
        Draft7Validator.check_schema(schema)
        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#", name


@pytest.mark.parametrize("block", DOCUMENTED, ids=str)
def test_what_the_documentation_shows_fits(block: Block) -> None:
    """Except for files that a page has written before."""
    found = errors(schemas()["recipe"], block.text)
    assert [path for path in found if not path.startswith("defaults.")] == []


def test_a_group_takes_what_may_stand_there() -> None:
    known = schemas()
    assert errors(known["train/model"], "type: unet\nwidth: 8") == []
    assert errors(known["train/model"], "type: unet\nwidht: 8") == [""]
    assert errors(known["train"], "defaults: [{model: unet}, {/train/loss: dice}]\nmax_epochs: 3") == []
    assert errors(known["train"], "defaults: [{model: unett}]") == ["defaults.0.model"]
    assert errors(known["monitor/retrain"], "schedule: monthly\ncooldown: 7d") == []
    assert errors(known["monitor/retrain"], "scedule: monthly") == [""]
    assert errors(known["experiment"], "train: {model: {width: 3}}") == []
    assert errors(known["experiment"], "trian: {}") == [""]


# Of the recipes that users get wrong (tests/e2e/test_wrong_recipes.py), these are wrong whatever another file says.
STRUCTURAL = ("did you mean", "integer", "greater than")


@pytest.mark.parametrize("case", range(len(OF_USERS)))
def test_what_users_get_wrong_is_found(case: int) -> None:
    old, new, _, key, words = OF_USERS[case]
    found = errors(schemas()["recipe"], OF_USERS_RECIPE.replace(old, new))
    structural = words.startswith(STRUCTURAL) and not key.startswith("framing.success")
    assert bool(found) == structural, found


def test_docs_defaults_and_limits_are_told() -> None:
    told = schemas()["recipe"]["definitions"]["settings:train.model.unet"]["properties"]["width"]
    assert told["default"] == 12
    assert told["description"].startswith("channels of the first level")
    assert told["markdownDescription"].endswith("whole number; at least 2, at most 256; default `12`")
    names = schemas()["recipe"]["definitions"]["train.model"]["anyOf"][0]
    assert names["enumDescriptions"][names["enum"].index("unet")].startswith("U-Net")


# ---- a project of one's own ------------------------------------------------------------------------

PLUGIN = '''
from typing import Annotated
from pydantic import BaseModel, Field
from stagewright.stages import train
from stagewright.stages.framing import Task

class Gate(BaseModel, extra="forbid"):
    """A gate.

    Attributes:
        after: epochs before it opens.
    """

    after: int = 1
    loss: Annotated[str | dict, train.loss] = "dice"

@train.model
def mine(task: Task, /, *, depth: Annotated[int, Field(ge=1, description="levels")] = 2,
         gates: tuple[Gate, ...] = ()) -> object:
    """My own model."""
'''


def written(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    written(tmp_path, "plugins/train/model/mine.py", PLUGIN)
    written(tmp_path, "plugins/train/model/broken.py", "raise RuntimeError('no such luck')\n")
    written(tmp_path, "conf/train/model/mine_deep.yaml", "type: mine\ndepth: 9\n")
    written(tmp_path, "conf/trial/short.yaml", "# @package _global_\ntrain: {max_epochs: 1}\n")
    written(tmp_path, "recipes/base.yaml", RIGHT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_plugins_and_presets_of_the_project_are_known(own: Path) -> None:
    schema = dict(documents(own).all())["recipe"]
    use = "{type: unet, width: 8}"
    assert (
        errors(schema, RIGHT.replace(use, "{type: mine, depth: 3, gates: [{after: 2, loss: focal}]}")) == []
    )
    assert errors(schema, RIGHT.replace(use, "{type: mine, depth: 0}")) == ["train.model.depth"]
    assert "train.model.gates.0.loss" in errors(
        schema, RIGHT.replace(use, "{type: mine, gates: [{loss: focl}]}")
    )
    assert errors(schema, "defaults: [base, train/model: mine_deep, /trial/short, _self_]") == []
    doc = schema["definitions"]["settings:train.model.mine"]["properties"]["gates"]
    assert "epochs before it opens" in json.dumps(doc)


def test_a_folder_of_whole_recipes_parts_has_a_schema(own: Path) -> None:
    schema = dict(documents(own).all())["trial"]
    assert errors(schema, "train: {max_epochs: 1}") == []
    assert errors(schema, "train: {max_epochs: 0}") == ["train.max_epochs"]


def test_a_broken_plugin_is_named_and_left_out(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert said.err.startswith(
        "left out: train.model plugin 'broken' raises at import: RuntimeError: no such luck"
    )
    assert "$schema=../.stagewright/schema/recipe.json" in said.out
    schema = json.loads((own / ".stagewright" / "schema" / "recipe.json").read_text())
    known = schema["definitions"]["train.model"]["anyOf"][0]["enum"]
    assert {"mine", "unet"} <= set(known)
    assert "broken" not in known
    assert (own / ".stagewright" / "schema" / "train" / "model.json").is_file()


def test_it_goes_where_it_is_told_to(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "train/model", "--out", "elsewhere"]) == 0
    assert [path.name for path in (own / "elsewhere").rglob("*.json")] == ["model.json"]
    assert not (own / ".stagewright").exists()
    capsys.readouterr()
    assert main(["schema", "--stdout"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"].keys() >= {"defaults", "train", "seed"}
    assert main(["schema", "train/modl"]) == 1
    assert "did you mean 'train/model'?" in capsys.readouterr().err


def test_what_has_not_changed_is_not_written_again(own: Path) -> None:
    main(["schema"])
    path = own / ".stagewright" / "schema" / "recipe.json"
    before = path.stat().st_mtime_ns
    main(["schema"])
    assert path.stat().st_mtime_ns == before


def test_what_has_no_schema_is_left_to_check(toy: Any) -> None:
    toy.plugin(
        "train/model/small.py",
        "from stagewright.stages import train\n\nclass Odd: ...\n\n"
        "@train.model\ndef small(task: object, /, *, odd: Odd = None, width: int = 3) -> object: ...\n",
    )
    plugins = Plugins(Registry(toy.path))
    settings = plugins.definitions["settings:train.model.small"]["properties"]
    assert not {"anyOf", "type"} & settings["odd"].keys()
    assert settings["width"]["default"] == 3
    assert Documents(plugins, Choices([])).recipe["properties"]["train"]
