"""The data stage: what it writes, what it sets aside, what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from datasets import load_from_disk
from PIL import Image

from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.stages.data import SPLITS
from stagewright_plugins.data.split.grouped import grouped


def read(path: Path, name: str) -> Any:
    return json.loads((path / name).read_text())


def rows_of(result: Any, split: str) -> Any:
    return load_from_disk(str(result.path / "splits" / split)).with_format("numpy")


def split_of(result: Any) -> dict[str, str]:
    table = pd.read_parquet(result.path / "quality.parquet")
    return dict(zip(table["id"], table["split"], strict=True))


def test_every_sample_comes_back_as_it_was(stage: Any, samples: Any) -> None:
    result = stage(samples)
    seen = set()
    for split in SPLITS:
        rows = rows_of(result, split)
        assert rows.column_names == ["id", "input", "target", "group"]
        assert rows.features["input"].dtype == rows.features["target"].dtype == "uint8"
        assert rows[:]["input"].shape == (result.counts[split], 1, 16, 20)
        for row in rows:
            sample = samples[str(row["id"])]
            np.testing.assert_array_equal(row["input"][0], sample.input)
            np.testing.assert_array_equal(row["target"], sample.target)
            seen.add(str(row["id"]))
    assert seen == set(samples)
    assert result.counts == {"train": 28, "validation": 6, "test": 6}


def test_the_version_is_the_same_for_the_same_samples_whatever_the_workers(stage: Any, samples: Any) -> None:
    one, four = stage(samples, workers=1), stage(samples, workers=4)
    assert one.version == four.version
    files = sorted(p.relative_to(one.path) for p in one.path.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(four.path) for p in four.path.rglob("*") if p.is_file())
    assert [f for f in files if (one.path / f).read_bytes() != (four.path / f).read_bytes()] == []


@pytest.mark.parametrize("change", ["pixel", "mask", "seed"])
def test_the_version_follows_every_change(stage: Any, samples: Any, made: Any, change: str) -> None:
    before = stage(samples).version
    array = {"pixel": "input", "mask": "target"}.get(change)
    if array:
        changed = getattr(samples["s07"], array).copy()
        changed[0, 0] ^= 1
        samples["s07"] = replace(samples["s07"], **{array: changed})
    assert stage(samples, seed=1 if change == "seed" else 0).version != before


def test_nothing_is_left_but_the_artifact(stage: Any, samples: Any) -> None:
    result = stage(samples)
    files = {p.relative_to(result.path).parts[0] for p in result.path.rglob("*") if p.is_file()}
    assert files == {
        "splits", "pictures", "quality.parquet", "quality.json", "quarantine.json", "issues.json",
        "card.json", "lineage.json",
    }  # fmt: skip


def test_larger_pictures_are_resized_with_their_masks(stage: Any, samples: Any) -> None:
    large = {
        id: replace(
            s,
            input=np.kron(s.input, np.ones((2, 2), np.uint8)),
            target=np.kron(s.target, np.ones((2, 2), np.uint8)),
        )
        for id, s in samples.items()
    }
    result = stage(large)
    row = rows_of(result, "test")[0]
    expected = Image.fromarray(large[str(row["id"])].input).resize((20, 16), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(row["input"][0], np.asarray(expected))
    np.testing.assert_array_equal(row["target"], samples[str(row["id"])].target)


def test_float_and_colour_become_grey_bytes(stage: Any, samples: Any) -> None:
    samples["s00"] = replace(samples["s00"], input=(samples["s00"].input / 255).astype(np.float32))
    original = samples["s00"].input
    samples["s01"] = replace(samples["s01"], input=np.stack([samples["s01"].input] * 3, axis=-1))
    result = stage(samples)
    found = {str(row["id"]): row["input"][0] for split in SPLITS for row in rows_of(result, split)}
    np.testing.assert_array_equal(found["s00"], (original * 255).round().astype(np.uint8))
    np.testing.assert_array_equal(found["s01"], samples["s01"].input[..., 0])


BAD = {
    "unreadable": lambda s: OSError("image file is truncated"),
    "no mask": lambda s: replace(s, target=None),
    "size mismatch": lambda s: replace(s, target=s.target[:-1]),
    "class value": lambda s: replace(s, target=np.full_like(s.target, 2)),
    "mask type": lambda s: replace(s, target=s.target / 2),
    "not a number": lambda s: replace(s, input=np.full(s.input.shape, np.nan, np.float32)),
    "out of range": lambda s: replace(s, input=s.input.astype(np.float32)),
    "empty": lambda s: replace(s, input=s.input[:0]),
    "blank": lambda s: replace(s, input=np.zeros_like(s.input)),
    "channels": lambda s: replace(s, input=np.stack([s.input] * 5, axis=-1)),
    "picture type": lambda s: replace(s, input=s.input.astype(np.int32)),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_item_goes_to_quarantine_with_its_reason(stage: Any, samples: Any, reason: str) -> None:
    samples["s05"] = BAD[reason](samples["s05"])
    result = stage(samples)
    (item,) = read(result.path, "quarantine.json")
    assert (item["id"], item["reason"]) == ("s05", reason)
    assert item["detail"]
    assert sum(result.counts.values()) == 39
    assert stage.block("Quarantine").rows == [("s05", reason, item["detail"])]
    assert stage.said("quarantine")[0]["reasons"] == {reason: 1}


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (
            FileNotFoundError("masks/a.png is a mask without a picture"),
            "masks/a.png is a mask without a picture",
        ),
        (FileNotFoundError(2, "No such file or directory", "a.png"), "a.png: No such file or directory"),
        (ValueError("its name has\nno group"), "its name has no group"),
        (KeyError(3), "KeyError: 3"),
        (ValueError(), "ValueError"),
    ],
)
def test_what_a_source_says_of_an_item_is_told_as_it_says_it(
    stage: Any, samples: Any, error: Exception, detail: str
) -> None:
    samples["s05"] = error
    (item,) = read(stage(samples).path, "quarantine.json")
    assert (item["reason"], item["detail"]) == ("unreadable", detail)


def test_an_unknown_value_of_masks_is_told_where_values_get_names(stage: Any, samples: Any) -> None:
    samples["s05"] = BAD["class value"](samples["s05"])
    (item,) = read(stage(samples).path, "quarantine.json")
    assert item["detail"] == "mask has 2; classes are 0 to 1, `values` of an image_folder names others"


def test_more_in_quarantine_than_allowed_stops_the_run(stage: Any, samples: Any) -> None:
    samples |= dict.fromkeys(("s03", "s04"), OSError("broken")) | {"s09": BAD["no mask"](samples["s09"])}
    with pytest.raises(
        StagewrightError, match=r"3 of 40 items .*2 unreadable, such as .*broken; 1 no mask, .*s03, s04, s09"
    ):
        stage(samples)
    assert {item["id"] for item in stage.said("quarantine")[0]["items"]} == {"s03", "s04", "s09"}
    assert sum(stage(samples, max_quarantined=0.075).counts.values()) == 37


def test_nothing_left_to_read_stops_whatever_is_allowed(stage: Any) -> None:
    with pytest.raises(
        StagewrightError, match=r"2 of 2 items .*\(2 unreadable, such as .*broken\), all are refused: a, b"
    ):
        stage(dict.fromkeys("ab", OSError("broken")), max_quarantined=1.0)


def test_leftovers_of_a_killed_attempt_do_not_matter(stage: Any, samples: Any) -> None:
    expected = stage(samples).version
    spool = stage.folder / "2" / ".resume" / "spool"
    spool.mkdir(parents=True)
    (spool / "samples.bin").write_bytes(b"half of it" * 1000)
    assert stage(samples).version == expected


def test_the_ignored_value_is_a_good_mask_value(stage: Any, samples: Any, made: Any) -> None:
    target = samples["s00"].target.copy()
    target[0] = 255
    samples["s00"] = replace(samples["s00"], target=target)
    assert read(stage(samples, task=made.task(ignore_index=255)).path, "quarantine.json") == []
    with pytest.raises(StagewrightError, match="ignore_index -1"):
        stage(samples, task=made.task(ignore_index=-1))


def test_metrics_know_the_size_before_resizing(stage: Any, samples: Any) -> None:
    def width(view: Any) -> float:
        return float(view.original_size[1])

    for id, sample in samples.items():
        samples[id] = replace(
            sample, input=np.repeat(sample.input, 3, 1), target=np.repeat(sample.target, 3, 1)
        )
    result = stage(samples, quality=[Component("data.quality", "width", {}, width)])
    assert set(pd.read_parquet(result.path / "quality.parquet")["width"]) == {60.0}


def test_a_metric_that_fails_stops_the_run_and_is_named(stage: Any, samples: Any) -> None:
    def broken(_: Any) -> float:
        raise ZeroDivisionError("no pixels")

    with pytest.raises(StagewrightError, match="'broken' fails on 's00': ZeroDivisionError"):
        stage(samples, quality=[Component("data.quality", "broken", {}, broken)])


def test_quality_is_one_column_per_value(stage: Any, samples: Any) -> None:
    samples["s00"] = replace(samples["s00"], tags={"site": "north", "dose": 3})
    result = stage(samples)
    table = pd.read_parquet(result.path / "quality.parquet").set_index("id")
    assert result.quality == ("area.background", "area.cell", "brightness")
    assert result.tags == ("site", "dose")
    assert table.loc["s03", "brightness"] == samples["s03"].input.mean()
    assert table.loc["s03", "area.cell"] == (samples["s03"].target == 1).mean()
    assert table.loc["s00", "site"] == "north"
    described = read(result.path, "quality.json")["area.cell"]
    assert (described["suspicious"], described["low"], described["high"]) == ("low", 0, 1)
    assert described["doc"] == "Share of the pixels in each class."


def test_curation_keeps_what_every_rule_holds_for(stage: Any, samples: Any) -> None:
    result = stage(samples, curate=["area.cell > 0.1", "brightness < 128"])
    expected = {
        id
        for id, sample in samples.items()
        if (sample.target == 1).mean() > 0.1 and sample.input.mean() < 128
    }
    assert 5 < len(expected) < 35
    assert set(split_of(result)) == expected
    first, second = read(result.path, "issues.json")["curation"]
    assert set(first["ids"]) | set(second["ids"]) == set(samples) - expected
    passes = {item["what"]: (item["in"], item["out"]) for item in read(result.path, "lineage.json")}
    assert passes["brightness < 128"] == (40 - first["dropped"], len(expected))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("area.cel > 0.1", r"curate\[0\].*'area.cel', did you mean 'area.cell'\?"),
        ("brightness > 300", r"'brightness > 300' holds for no sample"),
        ("id > 3", r"curate\[0\]: 'id > 3'"),
    ],
)
def test_a_rule_that_cannot_hold_is_an_error(stage: Any, samples: Any, rule: str, message: str) -> None:
    with pytest.raises(StagewrightError, match=message):
        stage(samples, curate=[rule])


def test_outliers_are_ranked_and_kept(stage: Any, samples: Any) -> None:
    samples["s10"] = replace(samples["s10"], input=samples["s10"].input // 8)
    samples["s11"] = replace(samples["s11"], input=samples["s11"].input // 2)
    result = stage(samples)
    first, second = read(result.path, "issues.json")["outliers"][:2]
    assert (first["id"], first["metric"], first["end"], first["severity"]) == (
        "s10",
        "brightness",
        "low",
        "severe",
    )
    assert second["id"] == "s11"
    assert {"s10", "s11"} <= set(split_of(result))
    assert stage.block("Outliers").rows[0][0] == "s10"


def across(result: Any) -> tuple[str, str]:
    """A train id and a test id."""
    splits = split_of(result)
    return next(i for i in splits if splits[i] == "train"), next(i for i in splits if splits[i] == "test")


def test_a_copy_across_splits_is_an_error_that_names_the_pair(stage: Any, samples: Any) -> None:
    train, test = across(stage(samples))
    samples[train] = replace(samples[test], target=samples[train].target)
    with pytest.raises(
        StagewrightError, match=rf"1 leak between.*{train} \(train\) is an exact copy of {test} \(test\)"
    ):
        stage(samples)
    assert stage.said("leakage")[0]["leaks"][0]["loser"] == train


def test_repair_drops_the_copy_that_is_not_in_test(stage: Any, samples: Any) -> None:
    train, test = across(stage(samples))
    samples[train] = samples[test]
    result = stage(samples, leakage="repair")
    assert result.counts == {"train": 27, "validation": 6, "test": 6}
    assert split_of(result)[test] == "test"
    issues = read(result.path, "issues.json")
    assert [item["id"] for item in issues["leakage"]["dropped"]] == [train]
    assert issues["duplicates"]["exact"][0]["same_target"]
    assert stage.block("Leakage between splits, repaired").rows == [(train, "train", "exact", test, "test")]


def test_near_copies_across_splits_leak_too(stage: Any, samples: Any, made: Any) -> None:
    train, test = across(stage(samples))
    almost = samples[test].input.copy()
    almost[0, 0] ^= 1
    samples[train] = replace(samples[test], input=almost)
    assert stage(samples).counts["train"] == 28
    with pytest.raises(StagewrightError, match=rf"{train} \(train\) is a near copy .* of {test} \(test\)"):
        stage(samples, duplicates=made.near)
    assert stage(samples, duplicates=made.near, leakage="repair").counts["test"] == 6


def test_samples_placed_by_their_source_leave_the_others_where_they_were(
    stage: Any, samples: Any, made: Any
) -> None:
    before = split_of(stage(samples))
    placed = {f"live/{n}": replace(made.sample(100 + n), split="train", group="live") for n in range(9)}
    result = stage(samples | placed)
    assert split_of(result) == before | dict.fromkeys(placed, "train")
    assert result.counts["train"] == 28 + 9


def test_a_placed_copy_of_a_test_sample_is_no_exception(stage: Any, samples: Any) -> None:
    before = split_of(stage(samples))
    _, test = across(stage(samples))
    given = samples | {"live/1": replace(samples[test], split="train")}
    with pytest.raises(StagewrightError, match=rf"live/1 \(train\) is an exact copy of {test} \(test\)"):
        stage(given)
    result = stage(given, leakage="repair")
    assert split_of(result) == before
    assert [item["id"] for item in read(result.path, "issues.json")["leakage"]["dropped"]] == ["live/1"]


def test_a_source_that_names_no_split_is_told(stage: Any, samples: Any) -> None:
    with pytest.raises(StagewrightError, match=r"data.source: a sample gives 'trian', did you mean 'train'"):
        stage(samples | {"x": replace(samples["s00"], split="trian")})


def test_copies_inside_one_split_are_told_and_kept(stage: Any, samples: Any) -> None:
    splits = split_of(stage(samples))
    first, second = [id for id in splits if splits[id] == "train"][:2]
    samples[second] = replace(samples[first], target=samples[second].target)
    result = stage(samples)
    (copies,) = read(result.path, "issues.json")["duplicates"]["exact"]
    assert copies == {"ids": [first, second], "splits": ["train", "train"], "same_target": False}
    assert sum(result.counts.values()) == 40


def with_groups(samples: Any) -> Any:
    return {id: replace(sample, group=f"g{n // 4}") for n, (id, sample) in enumerate(samples.items())}


def test_a_group_in_two_splits_is_an_error_and_a_grouped_split_mends_it(
    stage: Any, samples: Any, made: Any
) -> None:
    source = made.source(with_groups(samples), group="patient")
    with pytest.raises(StagewrightError, match=r"group g\d is in train .*split: \{type: grouped\}"):
        stage(source)
    result = stage(source, split=made.split(grouped))
    table = pd.read_parquet(result.path / "quality.parquet")
    assert (table.groupby("group")["split"].nunique() == 1).all()
    assert result.group == "patient"
    assert read(result.path, "card.json")["groups"] == {"train": 7, "validation": 2, "test": 1}


def test_a_group_can_be_sliced_by(stage: Any, samples: Any, made: Any) -> None:
    source = made.source(with_groups(samples), group="patient")
    assert stage(source, split=made.split(grouped)).tags == ("group",)


def test_repair_of_groups_leaves_test_as_it_was(stage: Any, samples: Any) -> None:
    samples = with_groups(samples)
    plain = split_of(stage({id: replace(s, group="") for id, s in samples.items()}))
    repaired = split_of(stage(samples, leakage="repair"))
    assert {id for id in repaired if repaired[id] == "test"} == {id for id in plain if plain[id] == "test"}
    places = {}
    for id, split in repaired.items():
        places.setdefault(samples[id].group, set()).add(split)
    assert all(len(found) == 1 for found in places.values())
    assert len(repaired) < 40


def test_a_repair_that_empties_a_split_is_an_error(stage: Any, samples: Any) -> None:
    with pytest.raises(StagewrightError, match="repair leaves no samples for train"):
        stage({id: replace(s, group="one") for id, s in samples.items()}, leakage="repair")


def test_progress_ends_at_the_total(stage: Any, samples: Any) -> None:
    stage(samples)
    assert stage.said("progress")[-1] == {
        "event": "progress",
        "what": "samples read",
        "done": 40,
        "total": 40,
    }


def test_pictures_of_the_report_are_there(stage: Any, samples: Any) -> None:
    result = stage(samples)
    pictures = stage.block("Samples").pictures
    assert len(pictures) == 12
    for picture in pictures:
        with Image.open(result.path / picture.path) as image:
            colours = {tuple(pixel) for row in np.asarray(image) for pixel in row}
        assert (230, 159, 0) in colours  # the outline of the cell


def test_names_that_meet_are_refused(stage: Any, samples: Any) -> None:
    samples["s00"] = replace(samples["s00"], tags={"brightness": 1})
    with pytest.raises(StagewrightError, match="two columns would be named 'brightness'"):
        stage(samples)


def test_a_splitter_that_gives_nonsense_is_named(stage: Any, samples: Any) -> None:
    def halves(inputs: Any) -> list[str]:
        return ["train", "tset"] * (len(inputs.rows) // 2)

    with pytest.raises(StagewrightError, match="'halves' gives 'tset', did you mean 'test'"):
        stage(samples, split=Component("data.split", "halves", {}, halves))
