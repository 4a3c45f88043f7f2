"""Ends a sweep that no longer gets better."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Progress


@sweep.stop
def plateau(
    progress: Progress,
    /,
    *,
    trials: Annotated[int, Field(ge=1, description="finished trials in a row without a gain")] = 20,
    gain: Annotated[float, Field(ge=0, description="what counts as one, in the objective's unit")] = 0.0,
) -> str:
    """A gain is a value better than all before; with several objectives, one that none before beats in all of them."""
    signs = [1 if direction == "maximize" else -1 for direction in progress.directions]
    best: list[tuple[float, ...]] = []
    without = 0
    for values in progress.values:
        new = tuple(sign * value for sign, value in zip(signs, values or (), strict=False))
        if values and all(any(n > b + gain for n, b in zip(new, old, strict=True)) for old in best):
            best = [old for old in best if any(o > n for o, n in zip(old, new, strict=True))] + [new]
            without = 0
        else:
            without += 1
    return f"no gain in {without} trials" if best and without >= trials else ""
