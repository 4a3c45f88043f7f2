"""What is wrong between the parts of a recipe is found before any work, at its line; the bundled recipes are right."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from running import ROOT, Project
from stagewright.cli import main

Checked = Callable[..., list[str]]

# recipe, what is replaced, by what, key, words of the message
MEANING = [
    ("brain_tissue", "curate: [area.grey > 0.02]", "curate: [area.gray > 0.02]", "data.curate[0]", "did you mean 'area.grey'?"),
    ("brain_tissue", "curate: [area.grey > 0.02]", "curate: [brightness.x > 0]", "data.curate[0]", "no column 'brightness.x'"),
    ("brain_tissue", "slices: [scanner, tissue_order", "slices: [scanner, tisue_order", "evaluate.slices[1]", "did you mean 'tissue_order'?"),
    ("brain_tissue", "size_ratio: 0.5", "size_ratio: 0.2", "compress.limits.size_ratio", "keeps every weight in 8 bits or more, which is 0.25"),
    ("brain_tissue", "size_ratio: 0.5", "size_ratio: 0", "compress.limits.size_ratio", "greater than 0"),
    ("brain_tissue", "drop: {iou_mean: 0.01}", "drop: {iou: 0.01}", "compress.limits.drop.iou", "no listed metric gives 'iou'"),
    ("brain_tissue", "groups: [tissue_order]", "groups: [hospital]", "deploy.fairness.groups[0]", "no column 'hospital'"),
    ("brain_tissue", "licences: [ICBM 152 atlas]", "licences: [MIT]", "data.source.licence", "is not among the allowed"),
    ("brain_tissue", "personal_data: [none]", "personal_data: [unknown]", "data.source.personal_data", "declares 'none'"),
    ("brain_tissue", "- {setWeight: 50}", "- {setWeight: 20}", "rollout.steps[4].setWeight", "20 comes after 25"),
    ("brain_tissue", "metric: label.iou_mean", "metric: label.iou_men", "rollout.analysis.guards[1].metric", "did you mean 'iou_mean'?"),
    ("brain_tissue", "metric: request.error", "metric: requests.error", "rollout.analysis.guards[0].metric", "did you mean 'request'?"),
    ("brain_tissue", "expr: iou_mean < ref", "expr: iou_meen < ref", "monitor.alerts[0].expr", "did you mean 'iou_mean'?"),
    ("brain_tissue", "expr: latency_p95 > 100", "expr: latancy_p95 > 100", "monitor.alerts[1].expr", "did you mean 'latency_p95'?"),
    ("brain_tissue", "retrain: {alerts: [QualityDrop]", "retrain: {alerts: [QualtyDrop]", "monitor.retrain.alerts[0]", "did you mean 'QualityDrop'?"),
    ("flight_delay", "hour, weather_visib]", "hour, weather_visibility]", "evaluate.slices[3]", "did you mean 'weather_visib'?"),
    ("flight_delay", "hour, weather_visib]", "hour, tailnum]", "evaluate.slices[3]", "no column 'tailnum'"),
    ("flight_delay", "type: tabular\n  source:", "type: tabular\n  leave_out: [seatz]\n  source:", "data.leave_out[0]", "did you mean 'seats'?"),
    ("flight_delay", "expr: estimated.auroc <", "expr: estimated.aurok <", "monitor.alerts[2].expr", "did you mean 'auroc'?"),
    ("brain_tissue", "    limitations: Learned", "    # Learned", "deploy.card.limitations", "not complete without it"),
    ("brain_tissue", "target: 1.8", "target: .inf", "objective.kpis[0].target", "finite number"),
    ("brain_tissue", "evaluate:\n", "evaluate:\n  type: tabular\n", "evaluate.type", "does not fit the task 'segmentation'"),
    ("flight_delay", "type: historical_rate, by: [hour, carrier, dest]", "type: multi_otsu", "objective.baseline.type", "does not fit the task 'classification' (fits: segmentation)"),
    ("flight_delay", "licences: [CC0-1.0]", "licences: [MIT]", "data.source.licence", "'CC0-1.0' is not among the allowed"),
]  # fmt: skip
# Nobody said it: the line of what it is missing in.
ELSEWHERE = {
    "deploy.card.limitations": "card:",
    "data.source.licence": "source: {",
    "data.source.personal_data": "source: {",
}


@pytest.mark.parametrize(("recipe", "old", "new", "key", "words"), MEANING)
def test_a_misfit_is_one_line_at_its_place(
    checked: Checked, recipe: str, old: str, new: str, key: str, words: str
) -> None:
    text = (ROOT / "recipes" / f"{recipe}.yaml").read_text()
    assert text.count(old) >= 1
    (line,) = checked(text.replace(old, new, 1))
    assert words in line
    assert f" {key}: " in line
    said = ELSEWHERE.get(key) or new.split("\n")[1 if key == "evaluate.type" else -2 if "\n" in new else 0]
    number = next(i for i, part in enumerate(text.replace(old, new, 1).splitlines(), 1) if said in part)
    assert line.startswith(f"recipes/cells.yaml:{number}:"), line


@pytest.mark.parametrize("recipe", ["brain_tissue", "flight_delay"])
def test_the_bundled_recipes_have_no_misfit(checked: Checked, recipe: str) -> None:
    assert not checked((ROOT / "recipes" / f"{recipe}.yaml").read_text(), code=0)


OWN = """\
objective: {problem: p, owner: o, kpis: [{name: k, baseline: 1, target: 0, direction: minimize, estimate: 1 - iou_mean}]}
framing: {task: {type: segmentation, classes: [a, b], size: [64, 64]}}
data:
  source: {type: image_folder, path: pictures, group: "(?P<patient>p[0-9]+)_"}
metrics: [iou]
train: {model: {type: unet}}
evaluate: {slices: [patient, brightness, area.b, objects]}
"""

TIMELESS = """\
objective: {problem: p, owner: o, kpis: [{name: k, baseline: 1, target: 0, direction: minimize, estimate: 1 - auroc}]}
framing: {task: {type: classification, classes: [a, b]}}
data:
  type: tabular
  source:
    {type: table_file, path: rows.csv, id: id, target: y, columns: {x: {kind: number}}, licence: CC0-1.0, personal_data: none}
metrics: [auroc]
train: {type: gradient_boosting}
evaluate: {type: tabular}
"""
PAST = """\
  until: 2024-01-01
  features:
    - {type: rolling_mean, name: m, entities: [x], of: late, hours: 3}
    - {type: last_known, name: l, entities: [x], of: [late]}
"""


@pytest.mark.parametrize(
    ("source", "more", "why"),
    [("", "", "the source names no `time`"), ("time: at, ", "  split: by_hash\n", "`data.split` deals them")],
)
def test_what_needs_a_time_is_refused_where_rows_are_not_cut_by_it(
    checked: Checked, project: Project, source: str, more: str, why: str
) -> None:
    (project.path / "rows.csv").write_text("id,x,y\n")
    recipe = TIMELESS.replace("id: id, ", f"id: id, {source}")
    assert not checked(recipe.replace("metrics:", f"{more}metrics:"), code=0)
    lines = checked(
        recipe.replace("metrics:", f"{more}{PAST}metrics:") + "deploy: {}\nmonitor: {type: stream}\n"
    )
    assert [line.split(" ")[1] for line in lines if why in line] == [
        "data.until:", "data.features[0]:", "data.features[1]:",
    ]  # fmt: skip
    assert any(" monitor.type: 'stream' lives through rows after a cut-off" in line for line in lines)


def test_an_outcome_known_at_a_moment_needs_the_moment_of_its_row(checked: Checked, project: Project) -> None:
    (project.path / "rows.csv").write_text("id,x,y\n")
    (line,) = checked(TIMELESS.replace("id: id, ", "id: id, known: seen, "))
    assert "data.source.known: 'seen' needs `time`" in line
    assert line.startswith("recipes/cells.yaml:6:")


def test_a_path_with_nothing_at_it_is_an_error_until_something_is_there(
    checked: Checked, project: Project
) -> None:
    (line,) = checked(OWN)
    assert line.startswith("recipes/cells.yaml:4:32 data.source.path: there is nothing at 'pictures'")
    (project.path / "pictures").mkdir()
    assert not checked(OWN, code=0)


def test_a_verdict_is_forgotten_once_the_data_is_gone(checked: Checked, project: Project) -> None:
    folder = project.path / "pictures"
    folder.mkdir()
    assert not checked(OWN, code=0, fresh=False)
    assert not checked(OWN, code=0, fresh=False)
    folder.rmdir()
    assert checked(OWN, fresh=False)


def test_tags_and_groups_of_a_source_are_columns(checked: Checked, project: Project) -> None:
    (project.path / "pictures").mkdir()
    (line,) = checked(OWN.replace("[patient,", "[patent,"))
    assert "evaluate.slices[0]: the data will have no column 'patent', did you mean 'patient'?" in line


@pytest.mark.parametrize(
    ("declared", "keys"),
    [("", {"licence", "personal_data"}), (", licence: MIT", {"personal_data"}), (", licence: MIT, personal_data: none", set())],
)  # fmt: skip
def test_a_deployment_needs_what_the_source_declares(
    checked: Checked, project: Project, declared: str, keys: set[str]
) -> None:
    (project.path / "pictures").mkdir()
    card = "{intended_use: u, limitations: l, licence: MIT}"
    text = OWN.replace('_"}', f'_"{declared}}}') + f"deploy: {{card: {card}}}\n"
    lines = checked(text, code=2 if keys else 0)
    assert {line.split(" ")[1].removeprefix("data.source.").rstrip(":") for line in lines} == keys


def test_no_size_is_impossible_once_weights_may_be_left_out(checked: Checked) -> None:
    text = (ROOT / "recipes" / "brain_tissue.yaml").read_text().replace("size_ratio: 0.5", "size_ratio: 0.05")
    assert checked(text)
    assert not checked(text.replace("steps: [int8_static,", "steps: [prune, int8_static,"), code=0)


PLUGIN = '''"""{doc}"""
from pathlib import Path
from typing import Annotated
from stagewright.contract import {mark}
from stagewright.stages import {kind}
from stagewright.stages.{kind} import Inputs

@{kind}.stage
def own(inputs: Inputs, /, *, path: Annotated[Path, {mark}()] = Path({default!r})) -> object:
    """{doc}"""
'''


def test_a_path_that_an_earlier_step_makes_is_a_warning(checked: Checked, project: Project) -> None:
    """Data that writes, an evaluation that reads what it wrote."""
    for kind, mark in (("data", "OutputPath"), ("evaluate", "InputPath")):
        plugin = project.path / "plugins" / kind / "own.py"
        plugin.parent.mkdir(parents=True)
        plugin.write_text(PLUGIN.format(doc="Own.", mark=mark, kind=kind, default="made"))
    text = OWN.replace(OWN[OWN.index("data:") : OWN.index("metrics")], "data: {type: own, path: made}\n")
    text = text.replace(text[text.index("evaluate") :], "evaluate: {type: own, path: made/deep}\n")
    (line,) = checked(text, code=0)
    assert (
        line
        == "recipes/cells.yaml:6:23 warning: evaluate.path: there is nothing at 'made/deep' yet; a step before makes it"
    )
    (line,) = checked(text.replace("made/deep", "other"))
    assert "warning" not in line
    (project.path / "made" / "deep").mkdir(parents=True)
    assert not checked(text, code=0)


@pytest.fixture
def checked(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Checked:
    """`stagewright check` in this process: its problems, held to the exit code."""
    path: Path = project.path / "recipes" / "cells.yaml"

    def run(text: str, code: int = 2, fresh: bool = True) -> list[str]:
        text = re.sub(r"(?m)^name: .*", "name: cells", text)  # a copy is warned of, beside what it copies
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        monkeypatch.chdir(project.path)
        ended = main(["check", "cells", *(["--fresh"] if fresh else [])])
        told = capsys.readouterr()
        assert ended == code, told
        return [line for line in (told.err + told.out).splitlines() if ": no problems" not in line]

    return run
