from __future__ import annotations

import json

import onnx
import pytest

from stagewright.errors import RecipeError, StagewrightError, StepError
from stagewright.plugin.registry import Registry
from stagewright_plugins.exporting.session import session

LOOSE = {"size_ratio": 1.5, "latency_ratio": 5, "drop": {"iou_mean": 0.05}}


def variants(found):
    return json.loads((found.path / "variants.json").read_text())


def test_a_variant_inside_the_limits_goes_on(stage, given):
    found = stage([{"type": "planted", "noise": 0.001, "weight": 50}], LOOSE)
    told = variants(found)
    assert found.format == "onnx"
    assert session(found.path / "model.onnx").run(None, {"input": _image()})[0].shape == (1, 2, 24, 24)
    assert [one["name"] for one in told["variants"]] == ["as trained", "planted"]
    assert told["chosen"] in ("as trained", "planted")
    assert [verdict.condition for verdict in found.verdicts] == [
        "size <= 1.5 x fp32", "latency <= 5 x fp32", "drop of iou_mean <= 0.05"
    ]  # fmt: skip
    assert all(verdict.passed for verdict in found.verdicts)
    assert found.validation["iou_mean"] > 0.7
    assert found.parameters == given.model.parameters
    assert (found.path / "per_sample.parquet").is_file()


def test_what_is_measured_is_true(stage):
    found = stage([{"type": "planted", "weight": 5000}], {**LOOSE, "bytes": 10**9})
    trained, planted = variants(found)["variants"]
    assert planted["bytes"] - trained["bytes"] == pytest.approx(5000, abs=100)
    assert planted["size_ratio"] == pytest.approx(planted["bytes"] / trained["bytes"])
    assert planted["values"] == trained["values"]  # no noise: the same answers
    assert trained["latency_ratio"] == 1
    assert 0.3 < planted["latency_ratio"] < 3  # the same graph
    assert trained["front"]
    assert not planted["front"] or planted["latency_ratio"] < 1


def test_with_none_inside_the_nearest_is_named_and_the_test_split_untouched(stage):
    steps = [{"type": "planted", "noise": 5.0}]
    found = stage(steps, {"size_ratio": 0.9, "drop": {"iou_mean": 0.001}})
    failed = [verdict for verdict in found.verdicts if not verdict.passed]
    assert [verdict.condition for verdict in failed] == ["size <= 0.9 x fp32"]
    assert "none of 2 variants" in failed[0].message
    assert "nearest, 'as trained'" in failed[0].message
    assert not variants(found)["inside"]
    assert not (found.path / "per_sample.parquet").exists()
    assert stage.block("Chosen variant")["tone"] == "bad"
    rows = stage.block("Variants")["rows"]
    assert rows[1][0] == "planted"
    assert "size <= 0.9 x fp32" in rows[1][-1]
    assert "drop of iou_mean <= 0.001" in rows[1][-1]


def test_the_drop_is_held_against_the_evaluation_on_the_test_split(stage, given):
    found = stage([{"type": "planted", "noise": 0.3}], {"bytes": 10**9, "drop": {"iou_mean": 0.9}})
    import pandas as pd

    verdict = next(one for one in found.verdicts if one.condition.startswith("drop"))
    assert len(pd.read_parquet(found.path / "per_sample.parquet")) == 24
    if variants(found)["chosen"] == "as trained":  # timing decides between equal sizes
        assert verdict.value == pytest.approx(0, abs=1e-3)
    else:
        assert verdict.value > 0.001
    assert stage.block("Limits")["rows"][1][0] == verdict.condition


def test_slices_of_the_validation_and_of_the_test_split(stage):
    limits = {**LOOSE, "slice_drop": {"iou_mean": 0.9}}
    found = stage([{"type": "planted"}], limits, slices=["site", "bright"], quantiles=2, minimum_slice=5)
    names = set(variants(found)["variants"][1]["slices"])
    assert {"site=a", "site=b"} < names
    assert len([name for name in names if name.startswith("bright=")]) == 2
    verdict = next(one for one in found.verdicts if "any slice" in one.condition)
    assert verdict.passed
    assert verdict.value is not None


def test_small_slices_are_not_judged(stage):
    found = stage(
        [{"type": "planted"}], {**LOOSE, "slice_drop": {"iou_mean": 0.9}}, slices=["site"], minimum_slice=20
    )
    verdict = next(one for one in found.verdicts if "any slice" in one.condition)
    assert not verdict.passed  # nothing to decide it by
    assert "no value" in verdict.message


def test_a_killed_run_keeps_what_is_finished(stage):
    steps = [{"type": "planted", "noise": 0.01}, {"type": "planted", "fail": True}]
    with pytest.raises(RuntimeError, match="killed"):
        stage(steps, LOOSE)
    assert stage.calls() == 2
    found = stage([steps[0], {"type": "planted", "noise": 0.02}], LOOSE)
    assert stage.calls() == 3  # the first is not worked out again
    assert len(variants(found)["variants"]) == 3


def test_steps_that_leave_onnx_are_alternatives(stage):
    found = stage([{"type": "planted"}, {"type": "planted", "noise": 0.01}], LOOSE)
    names = [one["name"] for one in variants(found)["variants"]]
    assert names == ["as trained", "planted", "planted (2)"]  # both on the model as trained


def test_files_of_the_front_are_kept_unless_told_otherwise(stage):
    found = stage([{"type": "planted", "weight": 10}], LOOSE)
    for one in variants(found)["variants"]:
        assert bool(one["path"]) == (one["front"] or one["name"] == variants(found)["chosen"])
        if one["path"]:
            onnx.checker.check_model(str(found.path / one["path"] / "model.onnx"))
    lean = stage([{"type": "planted", "weight": 10}], LOOSE, work="lean", keep=False)
    assert sum(bool(one["path"]) for one in variants(lean)["variants"]) == 1


def test_a_step_that_fits_no_model_is_refused_before_any_work(stage, given):
    from dataclasses import replace

    stage.given = replace(given, model=replace(given.model, format="onnx"))
    with pytest.raises(StagewrightError, match=r"'planted' works on models of format torch.*none before it"):
        stage([{"type": "planted"}], LOOSE)
    assert stage.calls() == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"limits": {"drop": {"iou_men": 0.1}}}, "did you mean 'iou_mean'"),
        ({"limits": LOOSE, "slices": ["sight"]}, "no column 'sight'"),
    ],
)
def test_wrong_names_are_said(stage, settings, message):
    limits = settings.pop("limits")
    with pytest.raises(StagewrightError, match=message):
        stage([{"type": "planted"}], limits, **settings)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"limits": {"size_ratio": 0}}, "greater than 0"),
        ({"limits": {"latency_ms": {"p90": 3}}}, "unknown key"),
        ({"search": {"space": {"prune.keep": [0.9, 0.4]}}}, "must be below"),
        ({"search": {"trials": 3, "space": {}}}, "at least 1 item"),
        ({"threads": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_are_held_to_their_types(spec, message):
    given = {"type": "standard", "steps": ["onnx_int8"], "limits": {}} | spec
    with pytest.raises(RecipeError, match=message):
        Registry().component("compress", given)


def test_a_step_must_return_a_model(stage, tmp_path):
    (tmp_path / "plugins/compress/step/empty.py").write_text(
        "from stagewright.stages import compress\n@compress.step\ndef empty(inputs, /):\n    return None\n"
    )
    with pytest.raises(StepError, match="'empty' must return a Model"):
        stage(["empty"], LOOSE)


def _image():
    import numpy as np

    return np.zeros((1, 1, 24, 24), dtype=np.float32)
