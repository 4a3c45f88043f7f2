"""Which channels to keep, and the weights without the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from .channels import Family

State = Mapping[str, torch.Tensor]
Floats = NDArray[np.float64]

EPSILON = 1e-5  # as in batch normalisation


def thinned(state: State, found: Sequence[Family], keep: float, multiple: int, importance: str) -> State:
    """The weights with the least important channels of each family left out.

    Args:
        state: weights by name.
        found: see `channels.families`.
        keep: share of each family's channels that stays.
        multiple: how many stay is a multiple of this, as far as there are that many.
        importance: `l1` or `scale`, see `ranks`.
    """
    leaving: dict[tuple[str, int], list[int]] = {}
    for family in found:
        stays = _count(len(family), keep, multiple)
        gone = np.argsort(-ranks(state, family, importance), kind="stable")[stays:]
        for key, places in family.axes.items():
            leaving.setdefault(key, []).extend(places[gone].ravel().tolist())
    result = dict(state)
    for (name, dim), gone_places in leaving.items():
        kept = np.setdiff1d(np.arange(result[name].shape[dim]), gone_places)
        result[name] = result[name].index_select(dim, torch.from_numpy(kept)).contiguous()
    return result


def ranks(state: State, family: Family, importance: str) -> Floats:
    """How much each of the family's n channels matters, (n,).

    `l1`: the sum of the sizes of the weights that make it (Li et al., 2017, arXiv:1608.08710), after folding the
    normalisation behind them, which else undoes their scale. `scale`: the size of the normalisation's own factor
    (Liu et al., 2017, arXiv:1708.06519); as `l1` where there is none.
    """
    scale = _scales(state, family)
    if importance == "scale" and scale is not None:
        return scale
    made = np.zeros(len(family))
    for (name, dim), places in family.axes.items():
        weight = state[name].numpy()
        if dim == 0 and weight.ndim > 1:
            own = np.abs(weight.reshape(len(weight), -1)).sum(1)[places].sum(1)
            made += own * _folding(state, name, family)
    return made


def _scales(state: State, family: Family) -> Floats | None:
    found = [name for name, dim in family.axes if _is_norm(state, name)]
    if not found:
        return None
    total = np.zeros(len(family))
    for name in found:
        total += np.abs(state[name].numpy())[family.axes[name, 0]].sum(1)
    return total


def _folding(state: State, weight: str, family: Family) -> Floats:
    """What the normalisation that follows a layer multiplies its channels by; the next one in the state's order."""
    names = list(state)
    for name in names[names.index(weight) + 1 :]:
        if (name, 0) in family.axes and state[name].ndim > 1:
            break  # another layer: the normalisation behind it is not ours
        if (name, 0) in family.axes and _is_norm(state, name):
            factor = np.abs(state[name].numpy()).astype(np.float64)
            variance = state.get(name.removesuffix("weight") + "running_var")
            if variance is not None:
                factor /= np.sqrt(variance.numpy() + EPSILON)
            return factor[family.axes[name, 0][:, 0]]
    return np.ones(len(family))


def _is_norm(state: State, name: str) -> bool:
    return name.endswith(".weight") and state[name].ndim == 1


def _count(channels: int, keep: float, multiple: int) -> int:
    """At least one; a multiple where that many are there."""
    wanted = max(multiple, round(channels * keep / multiple) * multiple)
    return max(1, min(channels, wanted))
