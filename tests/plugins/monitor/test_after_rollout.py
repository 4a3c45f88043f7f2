"""A real replayed rollout, then monitoring on what it left: pictures, descriptors, labels, explanations."""

from pathlib import Path

import numpy as np
import pytest

from rollout_squares import BAD, GOOD, Squares
from stagewright.plugin.registry import Registry
from stagewright.report.blocks import Gallery
from stagewright.stages.deploy import BackendInputs
from stagewright.stages.monitor import Inputs
from stagewright_plugins.packaging import columns, signature, sketch
from stagewright_plugins.scoring.batches import opened

STEPS = [
    {"setWeight": 50},
    {"pause": {"minRequests": 240}},
    {"setWeight": 100},
    {"pause": {"minRequests": 160}},
]


@pytest.fixture
def squares(tmp_path: Path) -> Squares:
    return Squares(tmp_path)


def sketched(squares, package, darker):
    """`reference.json` as deploy writes it, of the same pictures or of darker ones."""
    told = signature.read(package.path)
    engine = Registry().component("deploy.backend", {"type": told["platform"]})(
        BackendInputs(package.path, told)
    )
    pictures = np.stack([np.asarray(row["input"]) for row in opened(squares.data, "test")])
    raw = {"image": (pictures * (1 - darker)).astype(np.uint8)}
    found = columns.of_inputs(told, raw) | columns.of_outputs(told, engine(raw, ["mask", "confidence"]))
    sketch.write(package.path, sketch.sketched(found, 0))


def monitored(squares, package, decision, **settings):
    context = squares.context("monitor")
    inputs = Inputs(squares.framing, squares.data, squares.metrics, package, decision, context)
    spec = {"type": "standard", "window": 100, "consecutive": 1, **settings}
    health = Registry().component("monitor", spec)(inputs)
    shown = {block.title: block for block in squares.heard.blocks}
    return health, shown


@pytest.mark.slow
def test_a_rollout_is_monitored(squares):
    champion, package = squares.package("bad", BAD), squares.package("good", GOOD)
    from stagewright import releases

    releases.assign(squares.home, "squares", "champion", champion.version, "test", "first")
    decision = squares.roll_out(package, steps=STEPS, replay={"requests": 600})
    assert decision.verdict == "promoted"
    sketched(squares, package, darker=0.3)
    health, shown = monitored(
        squares,
        package,
        decision,
        explain=True,
        anomalies=2,
        alerts=[{"alert": "Brighter", "expr": "drifted > 0", "labels": {"severity": "log"}}],
        retrain={"alerts": ["Brighter"]},
    )
    assert health.alerts == ("Brighter",)
    assert health.retrain == "alert Brighter"
    assert "iou_mean, window by window" in shown
    brightness = next(row for row in shown["Drift of the last window"].rows if row[0] == "image.brightness")
    assert brightness[5] is True
    for title in ("Strangest requests", "Why they were answered so"):
        gallery = shown[title]
        assert isinstance(gallery, Gallery)
        assert len(gallery.pictures) == 2
        assert all((health.path / picture.path).stat().st_size > 100 for picture in gallery.pictures)
