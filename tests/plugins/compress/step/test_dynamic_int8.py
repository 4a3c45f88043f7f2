"""Dynamic int8 of a translating network: much smaller where it is not tiny, and it still translates."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_texts import a_dataset, a_metric_set, a_task, trained
from stagewright.errors import StagewrightError
from stagewright.stages.compress import Inputs
from stagewright.stages.framing import Framing
from stagewright.stages.scores import Scores
from stagewright.testing import context
from stagewright_plugins.compress.step.dynamic_int8 import dynamic_int8
from stagewright_plugins.texts.exporting import PARTS, exported
from stagewright_plugins.texts.reading import read as pairs_of
from stagewright_plugins.texts.runtimes import of_onnx, of_torch, settings


def test_both_graphs_shrink_and_hardly_change(tmp_path: Path) -> None:
    task = a_task()
    data = a_dataset(tmp_path, task)
    model = trained(tmp_path / "model", data, task, epochs=1, width=64, inner=256, memory=0.3)
    given = Inputs(
        Framing(task),
        data,
        a_metric_set(tmp_path / "m", task),
        model,
        Scores(tmp_path, "test", {}),
        context(tmp_path / "w"),
    )
    small = dynamic_int8(given)
    assert (small.format, small.spec) == ("onnx", model.spec)
    assert {path.name for path in small.path.iterdir()} >= set(PARTS)
    exported(model, task, given.context, tmp_path / "fp32")
    sizes = [
        sum(path.stat().st_size for path in folder.glob("*.onnx"))
        for folder in (tmp_path / "fp32", small.path)
    ]
    assert sizes[1] < 0.5 * sizes[0]
    texts = ["Save page now", "Delete user in <b>%s</b>"]
    one, other = (
        of_torch(model, task, given.context)(texts),
        of_onnx(small.path, settings(small.spec, task))(texts),
    )
    for a, b in zip(one, other, strict=True):
        assert abs(a.confidence - b.confidence) < 0.1
    # What is measured on the way stands for one text alone: its neighbours leave no trace.
    translate, texts = of_onnx(small.path, settings(small.spec, task)), pairs_of(data, "test").texts[:20]
    assert translate(texts) == [translate([text])[0] for text in texts]
    with pytest.raises(StagewrightError, match="no node's name begins with 'nowhere'"):
        dynamic_int8(given, exclude=["nowhere"])
