"""Messages of one kind, then of another: the change is seen in the windows after it, and only there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from small_texts import QUALITY, a_metric_set, a_task, packages
from stagewright.errors import StagewrightError
from stagewright.live.alerts import Rule
from stagewright.stages import baseline, data
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Package
from stagewright.stages.framing import Framing
from stagewright.stages.monitor import Inputs
from stagewright.testing import Heard, context
from stagewright_plugins.data.parallel_text import parallel_text
from stagewright_plugins.monitor.changeover import changeover
from stagewright_plugins.objective.baseline.translation_memory import translation_memory
from stagewright_plugins.packaging import rule

DETECTORS = ("numeric", "categorical", "rules", "prediction")


def a_dataset(folder: Path) -> Dataset:
    given, task = context(folder / "data", seed=3), a_task()
    source = given.resolve(
        "data.source", {"type": "catalogues", "packages": ["little", "longer"], "licence": "CC0-1.0"}
    )
    split = given.resolve("data.split", {"type": "grouped", "train": 0.4, "validation": 0.3, "test": 0.3})
    quality = [given.resolve("data.quality", {"type": name}) for name in QUALITY]
    inputs = data.Inputs(Framing(task), given)
    return parallel_text(inputs, source=source, quality=quality, split=split, vocabulary=300)


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inputs:
    monkeypatch.syspath_prepend(str(packages(tmp_path / "path")))
    task, found = a_task(), a_dataset(tmp_path)
    metrics = a_metric_set(tmp_path / "metrics", task)
    without = translation_memory(
        baseline.Inputs(Framing(task), found, metrics, context(tmp_path / "baseline"))
    )
    version = rule.packaged(without.path, tmp_path / "package", "menus", task)
    package = Package(tmp_path / "package", "menus", version, {})
    return Inputs(Framing(task), found, metrics, package, None, context(tmp_path / "monitor", heard=Heard()))


def detectors(inputs: Inputs):  # type: ignore[no-untyped-def]
    return [inputs.context.resolve("monitor.detector", {"type": name}) for name in DETECTORS]


def test_drift_is_seen_after_the_change_and_not_before(inputs: Inputs) -> None:
    drift = Rule(alert="Drift", expr="drifted > 0")
    health = changeover(
        inputs,
        by="catalogue",
        before="little",
        after="longer",
        window=10,
        detectors=detectors(inputs),
        alerts=[drift],
    )
    windows = json.loads((health.path / "windows.json").read_text())
    before = [w for w in windows if not w["values"]["drifted_now"]]
    after = [w for w in windows if w["values"]["drifted_now"]]
    assert windows == [*before, *after]
    assert len(after) >= 2
    assert all(w["values"]["drift.text.characters"] > 1 for w in after)
    assert health.alerts == ("Drift",)
    assert all(0 <= w["values"]["chrf"] <= 100 for w in windows)


def test_it_says_what_is_missing(inputs: Inputs) -> None:
    with pytest.raises(StagewrightError, match="no tag 'catalog'"):
        changeover(inputs, by="catalog", before="little", after="longer", detectors=detectors(inputs))
    with pytest.raises(StagewrightError, match="0 validation samples have catalogue 'litle'"):
        changeover(inputs, by="catalogue", before="litle", after="longer", detectors=detectors(inputs))
    with pytest.raises(StagewrightError, match=r"too few for a window of 500; lower monitor\.window"):
        changeover(
            inputs, by="catalogue", before="little", after="longer", window=500, detectors=detectors(inputs)
        )
