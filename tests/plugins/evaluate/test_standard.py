"""The whole stage on planted predictions: what it leaves, what it says, and that it depends on nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import jaccard_score

from stagewright.errors import Problem, StagewrightError
from stagewright.plugin.binding import bind
from stagewright.plugin.registry import Registry
from stagewright.record.review import reviewers
from stagewright.report.draw import blocks
from stagewright.stages.objective import Goal, Stakeholder
from stagewright.stages.scores import Score, Scores
from stagewright_plugins.evaluate import _explain, _shift

COST = {
    "type": "formula",
    "name": "cost",
    "expression": "4 * (1 - iou_mean)",
    "direction": "minimize",
    "unit": "min",
}
FILES = {
    "confusion.json",
    "explain.json",
    "objects.parquet",
    "outcomes.json",
    "overlaps.parquet",
    "per_sample.parquet",
    "slices.json",
    "worst",
}


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """What chance gives is measured finely in the tests of each part."""
    monkeypatch.setattr(_explain, "SHUFFLES", 20)
    monkeypatch.setattr(_shift, "DEALS", 20)


@pytest.fixture
def items(made: Any, noise: Callable[[int], tuple[np.ndarray, np.ndarray]]) -> list[Any]:
    """Scanners of 5 samples, 40 of them in test; `blur` goes along with the share of wrong pixels."""

    def item(i: int) -> Any:
        split = ("train", "validation")[i % 2] if i < 20 else "test"
        truth, given = noise(i)
        wrong = float((given != truth)[truth >= 0].mean())
        blur = wrong + np.random.default_rng(i).normal(0, 0.02)
        quality = {"blur": blur, "control": float(np.random.default_rng(100 + i).random())}
        return made.item(
            f"s{i:02d}",
            np.where(truth < 0, made.ignored, truth),
            given,
            split,
            f"g{i // 5}",
            {"site": "ab"[i % 2]},
            quality,
        )

    return [item(i) for i in range(60)]


def left(scores: Scores, name: str) -> Any:
    return json.loads((scores.path / f"{name}.json").read_text())


def test_scores_are_those_of_scikit_learn_over_known_test_pixels(evaluated: Any, items: list[Any]) -> None:
    scores = evaluated(items, group="scanner")
    own = [item for item in items if item.split == "test"]
    truth, given = (
        np.concatenate([getattr(item, side).ravel() for item in own]) for side in ("truth", "given")
    )
    known = truth != 255
    reference = jaccard_score(truth[known], given[known], average=None)
    values = [scores.values[f"iou.{name}"].value for name in ("background", "cell", "core")]
    assert values == pytest.approx(reference.tolist(), abs=1e-6)
    assert scores.split == "test"
    assert scores.values["iou_mean"].n == 8  # whole scanners are drawn
    assert scores.values["iou_mean"].low < scores.values["iou_mean"].value < scores.values["iou_mean"].high


def test_it_leaves_what_it_says_and_nothing_else(evaluated: Any, items: list[Any]) -> None:
    scores = evaluated(items, group="scanner", slices=["site"])
    assert {path.name for path in scores.path.iterdir()} == FILES
    table = pd.read_parquet(scores.path / "per_sample.parquet")
    assert table["id"].tolist() == [item.id for item in items if item.split == "test"]
    assert len(list((scores.path / "worst").iterdir())) == 12


def test_planted_errors_are_named_in_the_files(evaluated: Any, made: Any) -> None:
    cell, core = (1, 2, 2, 10, 10), (2, 20, 20, 12, 12)
    truth = made.boxes((36, 36), cell, core)
    planted = {
        "perfect": truth,
        "dropped": made.boxes((36, 36), cell),
        "invented": made.boxes((36, 36), cell, core, (1, 26, 4, 6, 6)),
        "eroded": made.boxes((36, 36), cell, (2, 22, 22, 8, 8)),
        "swapped": np.where(truth == 2, 1, truth),
    }
    rest = [made.item(split, truth, truth, split) for split in ("train", "validation")]
    scores = evaluated([*rest, *(made.item(name, truth, given) for name, given in planted.items())])
    by_class = {
        item["class"]: item for item in left(scores, "outcomes")["objects"] if item["threshold"] == 0.5
    }
    core = by_class["core"]
    assert (core["objects"], core["matched"], core["missed"], core["invented"]) == (5, 2, 3, 1)
    assert core["why_missed"] == {
        "wrong class": 1, "merged": 0, "split": 0, "poor outline": 1, "not found": 1
    }  # fmt: skip
    assert core["why_invented"]["poor outline"] == 1
    assert by_class["cell"]["why_invented"]["nothing there"] == 1
    assert by_class["cell"]["why_invented"]["wrong class"] == 1
    types = left(scores, "outcomes")["pixels"]["types"]
    assert types["core"] == {
        "boundary": 80, "confusion": 144, "missed": 144, "invented": 0, "specks": 0, "other": 0
    }  # fmt: skip
    assert types["cell"]["invented"] == 36
    assert left(scores, "confusion")["counts"][2] == [144 + 80, 144, 5 * 144 - 80 - 2 * 144]
    objects = pd.read_parquet(scores.path / "objects.parquet")
    missed = objects[(objects["side"] == "truth") & (objects["iou"] == 0)]
    assert sorted(missed["id"]) == ["dropped", "swapped"]
    worst = [picture.caption.split(":")[0] for picture in evaluated.block("Worst samples").pictures]
    assert worst[-1] == "perfect"
    assert set(worst[:2]) == {"dropped", "swapped"}


def test_the_planted_cause_is_named_and_the_control_is_not(evaluated: Any, items: list[Any]) -> None:
    scores = evaluated(items, group="scanner")
    explained = {item["column"]: item["explains"] for item in left(scores, "explain")["columns"]}
    assert explained == {"blur": True, "control": False}
    assert "blur (falls with the score)" in evaluated.block("What explains the errors").text


def test_a_weak_slice_is_named(evaluated: Any, items: list[Any], made: Any) -> None:
    """At site b nothing but background is predicted."""
    spoilt = [
        made.item(
            item.id, item.truth, item.given * (item.tags["site"] == "a"), item.split, item.group, item.tags
        )
        for item in items
    ]
    scores = evaluated(spoilt, group="scanner", slices=["site"], explain=False)
    slices = left(scores, "slices")["columns"][0]["slices"]
    assert {item["name"]: item["weak"] for item in slices} == {"a": False, "b": True}
    assert "site b (" in evaluated.block("Weak slices").text
    assert evaluated.block("Weak slices").tone == "warning"
    assert not (scores.path / "explain.json").exists()


def test_distributions_of_the_three_splits_stand_side_by_side(evaluated: Any, items: list[Any]) -> None:
    scores = evaluated(items, group="scanner", slices=["site", "blur"], quantiles=3)
    columns = {column["column"]: column for column in left(scores, "slices")["columns"]}
    for column in columns.values():
        counts = column["distribution"]["counts"]
        assert {split: sum(counts[split]) for split in counts} == {"train": 10, "validation": 10, "test": 40}
    assert [item["samples"] for item in columns["blur"]["slices"]] == [14, 13, 13]
    histogram = evaluated.block("blur in each split")
    assert [series.name for series in histogram.series] == ["train", "validation", "test"]
    assert [row[0] for row in evaluated.block("site in each split").rows] == ["a", "b"]


def test_a_misspelt_slice_stops_before_anything_is_predicted(evaluated: Any, items: list[Any]) -> None:
    with pytest.raises(StagewrightError, match=r"evaluate.slices: .*'sit', did you mean 'site'\?"):
        evaluated(items, slices=["sit"])
    assert not list((evaluated.folder / "work1").iterdir())


def test_the_batch_size_changes_nothing(evaluated: Any, items: list[Any]) -> None:
    def bytes_of(scores: Scores) -> dict[str, bytes]:
        return {
            str(p.relative_to(scores.path)): p.read_bytes() for p in scores.path.rglob("*") if p.is_file()
        }

    settings = {"group": "scanner", "slices": ["site"]}
    one, other = evaluated(items, batch_size=1, **settings), evaluated(items, batch_size=64, **settings)
    assert bytes_of(one) == bytes_of(other)
    assert one.values == other.values


def test_less_is_better_where_the_leading_metric_says_so(evaluated: Any, items: list[Any]) -> None:
    scores = evaluated(items, of=(COST, "iou"), worst=3)
    per_sample = pd.read_parquet(scores.path / "per_sample.parquet").set_index("id")["cost"]
    worst = [picture.caption.split(":")[0] for picture in evaluated.block("Worst samples").pictures]
    assert worst == per_sample.sort_values(ascending=False).index[:3].tolist()
    assert evaluated.block("Test scores, min").rows[0].name == "cost"


def test_the_baseline_is_compared_sample_by_sample(evaluated: Any, items: list[Any], tmp_path: Path) -> None:
    folder = tmp_path / "baseline"
    folder.mkdir()
    ids = [item.id for item in items if item.split == "test"]
    pd.DataFrame({"id": ids, "iou_mean": 0.1}).to_parquet(folder / "per_sample.parquet")
    baseline = Scores(folder, "test", {"iou_mean": Score(0.1)})
    scores = evaluated(items, group="scanner", baseline=baseline)
    (found,) = left(scores, "baseline")
    assert found["paired"]["better"] == 40
    assert found["paired"]["low"] > 0.2
    assert evaluated.block("Against no ML").rows[0][:3] == ("iou_mean", scores.values["iou_mean"].value, 0.1)


def test_what_cannot_be_told_is_said(evaluated: Any, made: Any) -> None:
    """No objects at all, too few samples to explain, one unit only."""
    nothing = np.zeros((8, 8), np.int64)
    items = [
        made.item(split, nothing, nothing, split, "g", {}, {"x": 1.0})
        for split in ("train", "validation", "test")
    ]
    scores = evaluated(items, group="scanner", slices=["x", "scanner"])
    assert scores.values["iou_mean"] == Score(1.0, n=1)
    assert "iou.cell" not in scores.values
    assert "at least" in evaluated.block("What goes along with the errors").text
    assert left(scores, "outcomes")["objects"][0]["pq"] is None


def test_every_block_can_be_drawn(evaluated: Any, items: list[Any], tmp_path: Path) -> None:
    folder = tmp_path / "baseline"
    folder.mkdir()
    settings = {"slices": ["scanner", "site", "blur"], "of": ("iou", COST)}
    scores = evaluated(items, group="scanner", baseline=Scores(folder, "test", {}), **settings)
    told = [json.loads(json.dumps(block.to_json(), allow_nan=False)) for block in evaluated.heard.blocks]
    page = str(blocks(told, scores.path))
    assert "could not be drawn" not in page
    assert "does not know blocks" not in page
    assert len({block["title"] for block in told}) == len(told)


@pytest.mark.parametrize(
    ("review", "roles"),
    [
        ({}, ["domain expert"]),
        ({"required": True}, ["domain expert", "reviewer"]),
        ({"required": True, "by": "radiologist"}, ["domain expert", "radiologist"]),
        ({"required": False, "by": "radiologist"}, ["domain expert"]),
    ],
)
def test_a_required_review_adds_its_role(review: dict[str, Any], roles: list[str]) -> None:
    problems: list[Problem] = []
    component = bind(Registry(), "evaluate", {"type": "standard", "review": review}, ("evaluate",), problems)
    assert component
    assert not problems
    goal = Goal("p", "o", (), (Stakeholder(role="domain expert", approves=("evaluate",)),))
    assert reviewers("evaluate", goal, component) == roles


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ({"review": {"requird": True}}, "evaluate.review.requird", "did you mean 'required'?"),
        ({"review": {"by": ""}}, "evaluate.review.by", "at least 1 character"),
        ({"outcomes": [0.5, 1.0]}, "evaluate.outcomes[1]", "less than 1"),
        ({"outcomes": []}, "evaluate.outcomes", "at least 1 item"),
        ({"quantiles": 1}, "evaluate.quantiles", "greater than or equal to 2"),
        ({"slices": "site"}, "evaluate.slices", "list"),
        ({"boundary": 0}, "evaluate.boundary", "greater than 0"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], key: str, words: str) -> None:
    problems: list[Problem] = []
    bind(Registry(), "evaluate", {"type": "standard", **settings}, ("evaluate",), problems)
    assert [problem.key for problem in problems] == [key]
    assert words in problems[0].message
