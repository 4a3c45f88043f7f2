"""Shares of the three splits, and whole numbers that come closest to them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.stages.data import SPLITS


def checked(train: float, validation: float, test: float) -> tuple[float, float, float]:
    """The three shares; raises StagewrightError unless they sum to 1."""
    total = train + validation + test
    if abs(total - 1) > 1e-6:
        raise StagewrightError(
            f"data.split: train {train:g} + validation {validation:g} + test {test:g} is {total:g}; "
            "shares must sum to 1"
        )
    return train, validation, test


def counts(total: int, shares: Sequence[float]) -> list[int]:
    """`total` as whole parts (Hamilton's largest remainders), none empty where there is enough."""
    exact = np.array(shares) * total
    parts = np.floor(exact).astype(int)
    for position in np.argsort(parts - exact, kind="stable")[: total - parts.sum()]:
        parts[position] += 1
    for position in np.flatnonzero(parts == 0):
        if parts.max() > 1:
            parts[parts.argmax()] -= 1
            parts[position] += 1
    return parts.tolist()


def drawn(name: str, seed: int) -> float:
    """A number in [0, 1) that follows from the name and the seed alone, as if drawn."""
    digest = blake2b(name.encode(), digest_size=8, salt=(seed % 2**64).to_bytes(8, "little")).digest()
    return int.from_bytes(digest[:6], "little") / 2**48  # exact: a float holds 53 bits


def dealt(sizes: Sequence[int], shares: Sequence[float]) -> list[str]:
    """A split for each block of samples, in the order given: always the one that lacks most samples.

    The last blocks go to splits that would stay empty.
    """
    wanted = np.array(shares) * sum(sizes)
    have, blocks, names = np.zeros(3), np.zeros(3, dtype=int), []
    for position, size in enumerate(sizes):
        lacks = wanted - have
        empty = blocks == 0
        if len(sizes) - position <= empty.sum():
            lacks = np.where(empty, lacks, -np.inf)
        chosen = int(lacks.argmax())
        have[chosen] += size
        blocks[chosen] += 1
        names.append(SPLITS[chosen])
    return names
