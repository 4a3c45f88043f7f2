"""Samples dealt by a hash of what names them, so that each keeps its split as the data grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.contract import SumsTo
from stagewright.errors import StagewrightError
from stagewright.stages import data
from stagewright.stages.data import SPLITS, SplitInputs

Share = Annotated[float, Field(gt=0, lt=1), SumsTo(1)]


@data.split
def by_hash(
    inputs: SplitInputs,
    /,
    *,
    train: Annotated[Share, Field(description="share of the samples to learn from")] = 0.7,
    validation: Annotated[Share, Field(description="share of the samples to choose models on")] = 0.15,
    test: Annotated[Share, Field(description="share of the samples to judge the chosen model on")] = 0.15,
    within: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="part of its share by which a split may miss it; where chance misses by more, cuts are moved. "
            "0: shares are met exactly; null: no cut is ever moved",
        ),
    ] = 0.25,
) -> Sequence[str]:
    """By group where a sample has one, else by id: whole groups stay together.

    Hashes put all samples into one order, which is cut at the shares. By chance a split of n samples or groups is then
    off by about sqrt(share * (1 - share) / n): of a thousand hardly ever more than `within`, so a sample added later
    moves none of the others, and nothing that a model was judged on is ever learned from. Of a hundred it may well
    be; then each cut is moved past as few samples as possible, and those next to it may change their split as
    the data grows.

    Raises:
        StagewrightError: the shares do not sum to 1, or there are fewer than three samples or groups.
    """
    import numpy as np
    import pandas as pd

    from ._cuts import cuts, plain
    from ._shares import checked, drawn

    shares = checked(train, validation, test)
    named = zip(inputs.rows["group"], inputs.rows["id"], strict=True)
    names = [f"group {group}" if group else f"sample {name}" for group, name in named]
    block, blocks = pd.factorize(np.array(names, dtype=object))
    sizes = np.bincount(block)
    if within is not None and len(blocks) < 3:
        raise StagewrightError(
            f"data.split: 'by_hash' needs at least 3 samples or groups, there are {len(blocks)}; bring more data, or "
            "say `within: null` where the source says the split of all others"
        )
    places = np.array([drawn(name, inputs.seed) for name in blocks])
    order = places.argsort(kind="stable")
    usual = plain(places[order], shares)
    chosen = usual if within is None else cuts(places[order], sizes[order], shares, within)
    split = np.empty(len(blocks), dtype=object)
    split[order] = np.repeat(SPLITS, np.diff([0, *chosen, len(blocks)]))
    if chosen != usual:
        moved = sum(sizes[order][slice(*sorted(pair))].sum() for pair in zip(usual, chosen, strict=True))
        inputs.say(f"cuts moved past {moved} samples, which may move again as the data grows")
    return split[block].tolist()
