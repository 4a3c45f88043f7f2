"""data.source: ids that differ, and samples of the right shapes behind them."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.data import SPLITS, Source, SourceInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._plain import plain
from stagewright_plugins.rehearsals._small import a_task

READ = 3  # samples, from the first on


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Reads the first samples twice: what an id means must not change."""
    task = a_task(bench)
    source = plugin(SourceInputs(task, bench.context()))
    assert isinstance(source, Source), f"gives {type(source).__name__}, not Source"
    assert len(source.ids) > 0, "it has no samples"
    assert len(set(source.ids)) == len(source.ids), "two samples share an id"
    assert source.card.title and source.card.origin, "the card says what the data is and where it comes from"
    return (
        source.modality,
        list(source.ids),
        [_sample(source, id, len(task.classes)) for id in source.ids[:READ]],
    )


def _sample(source: Source, id: str, classes: int) -> object:
    sample, again = source.read(id), source.read(id)
    if source.modality == "image":
        assert sample.input.ndim in (2, 3), (
            f"{id}: a picture is (H, W) or (H, W, C), not {sample.input.shape}"
        )
        assert str(sample.input.dtype) in ("uint8", "float32"), f"{id}: {sample.input.dtype}"
        if sample.target is not None:
            assert sample.target.shape == sample.input.shape[:2], f"{id}: its mask is {sample.target.shape}"
            assert sample.target.dtype.kind in "iu", f"{id}: its mask is {sample.target.dtype}"
    assert sample.split in ("", *SPLITS), f"{id}: there is no split {sample.split!r}"
    first, second = (plain((s.input, s.target, s.group, s.time, dict(s.tags))) for s in (sample, again))
    assert first == second, f"{id}: read twice, it differs"
    return first
