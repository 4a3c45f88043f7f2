"""Samples that show the same picture twice: exactly, by SHA-256 of what the model sees, or nearly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stagewright.stages.data import DuplicatesChoice, DuplicatesInputs


@dataclass(frozen=True)
class Copies:
    """Ids that belong together.

    Attributes:
        exact: sets of ids with the same picture, in source order.
        conflicting: first ids of those sets whose masks differ: one picture labelled in two ways.
        near: `(first id, second id, distance)`, without the exact ones.
    """

    exact: tuple[tuple[str, ...], ...] = ()
    conflicting: frozenset[str] = frozenset()
    near: tuple[tuple[str, str, float], ...] = ()

    def to_json(self, splits: Mapping[str, str]) -> dict[str, Any]:
        """As it stands in `issues.json`; `splits` names the split of each id."""
        return {
            "exact": [
                {
                    "ids": list(ids),
                    "splits": [splits[id] for id in ids],
                    "same_target": ids[0] not in self.conflicting,
                }
                for ids in self.exact
            ],
            "near": [
                {"ids": [first, second], "splits": [splits[first], splits[second]], "distance": distance}
                for first, second, distance in self.near
            ],
        }


def copies(
    ids: Sequence[str],
    inputs: Sequence[bytes],
    targets: Sequence[bytes],
    pictures: np.ndarray | None,
    nearly: DuplicatesChoice | None,
) -> Copies:
    """Find both kinds among samples given by id, hashes and grey pictures (N, H, W); no quadratic scan."""
    same: dict[bytes, list[int]] = defaultdict(list)
    for row, digest in enumerate(inputs):
        same[digest].append(row)
    sets = [rows for rows in same.values() if len(rows) > 1]
    near = _near(ids, inputs, pictures, nearly) if nearly and pictures is not None else ()
    return Copies(
        exact=tuple(tuple(ids[row] for row in rows) for rows in sets),
        conflicting=frozenset(ids[rows[0]] for rows in sets if len({targets[row] for row in rows}) > 1),
        near=near,
    )


def _near(
    ids: Sequence[str], inputs: Sequence[bytes], pictures: np.ndarray, nearly: DuplicatesChoice
) -> tuple[tuple[str, str, float], ...]:
    digest = dict(zip(ids, inputs, strict=True))
    order = {id: position for position, id in enumerate(ids)}
    pairs = nearly(DuplicatesInputs(ids, pictures)).pairs
    found = [
        (*sorted((first, second), key=order.__getitem__), float(distance))
        for first, second, distance in pairs
        if digest[first] != digest[second]
    ]
    return tuple(sorted(found, key=lambda pair: (pair[2], order[pair[0]], order[pair[1]])))
