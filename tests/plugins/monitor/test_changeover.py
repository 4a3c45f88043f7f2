"""Messages of one kind, then of another: the change is seen in the windows after it, and only there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from small_texts import QUALITY, a_metric_set, a_task, packages
from stagewright.errors import StagewrightError
from stagewright.live.alerts import Rule
from stagewright.live.event_log import EventLog, folder
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


def asked(inputs: Inputs) -> None:
    """Twelve requests in the live log: answers right and wrong, truths as texts, as values, or not at all."""
    with EventLog(folder(inputs.context.home, inputs.context.name)) as log:
        for i in range(12):
            told = {"translation": "Oui" if i % 2 else "Non", "confidence": 0.5, "match": 0.5}
            log.write(
                {
                    "kind": "request", "id": f"r{i}", "arm": "stable", "status": 200, "version": inputs.deploy.version,
                    "latency_ms": {"total": 1.0}, "inputs": {"text": "Yes"}, "outputs": told,
                }
            )  # fmt: skip
        for i in range(8):
            log.write({"kind": "label", "id": f"r{i}", "values": {}, "target": "Oui"})
        log.write({"kind": "label", "id": "r8", "values": {"chrf": 20.0}, "target": "Oui"})


def test_asked_live_it_looks_at_what_users_asked_and_sends_nothing(inputs: Inputs) -> None:
    asked(inputs)
    given = {"by": "catalogue", "before": "little", "after": "longer", "window": 10}
    health = changeover(replace(inputs, live=True), detectors=detectors(inputs), **given)  # type: ignore[arg-type]
    windows = json.loads((health.path / "windows.json").read_text())
    assert [w["values"]["requests"] for w in windows] == [10, 2]
    assert not (health.path / "events.jsonl").exists()


def test_a_truth_in_words_is_valued_by_the_recipes_metrics(inputs: Inputs) -> None:
    asked(inputs)
    given = {"by": "catalogue", "before": "little", "after": "longer", "window": 12}
    health = changeover(replace(inputs, live=True), detectors=detectors(inputs), **given)  # type: ignore[arg-type]
    (window,) = json.loads((health.path / "windows.json").read_text())
    assert window["values"]["labelled"] == 9
    # Four right ones, four without any n-gram in common, and one whose label says what it is worth.
    assert window["values"]["chrf"] == pytest.approx((4 * 100 + 4 * 0 + 20) / 9)
