"""What every member says to the validation split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stagewright.errors import StepError
from stagewright.stages.data import Dataset
from stagewright_plugins.scoring.batches import groups

from .combination import Floats

SPLIT = "validation"


@dataclass(frozen=True)
class Answers:
    """Members' answers to N samples.

    Attributes:
        given: (M, N, K, ...) float32 probabilities.
        targets: (N, ...) class indices.
        units: what must not be parted, as numbers, (N,): groups, else samples.
    """

    given: Floats
    targets: NDArray[np.int64]
    units: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.targets)


def answers(
    data: Dataset, ids: Sequence[str], given: Sequence[Sequence[Floats]], targets: Sequence[NDArray[np.int64]]
) -> Answers:
    """Answers to the samples named by `ids`, of each member one part (n, K, ...) after the other; targets likewise.

    Raises:
        StepError: fewer than two samples.
    """
    if len(ids) < 2:
        raise StepError("an ensemble is fitted to the validation split, which has fewer than two samples")
    known = groups(data, SPLIT)
    # A sample is told apart from a group that happens to have its name.
    names = [f"group {known[name]}" if known.get(name) else f"sample {name}" for name in ids]
    _, units = np.unique(names, return_inverse=True)
    return Answers(np.stack([np.concatenate(parts) for parts in given]), np.concatenate(targets), units)
