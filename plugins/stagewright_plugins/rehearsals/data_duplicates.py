"""data.duplicates: pairs of ids it was handed, a planted copy among them."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.data import Duplicates, DuplicatesInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import discs


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """The last picture is the first one again, which must be found."""
    import numpy as np

    pictures = discs(8, bench.seed)[0][:, 0]
    pictures = np.concatenate([pictures, pictures[:1]])
    ids = [f"p{i}" for i in range(len(pictures))]
    found = plugin(DuplicatesInputs(ids, pictures))
    assert isinstance(found, Duplicates), f"gives {type(found).__name__}, not Duplicates"
    for first, second, distance in found.pairs:
        assert {first, second} <= set(ids) and first != second, f"no pair: {first}, {second}"
        assert distance >= 0, f"a distance of {distance}"
    assert {"p0", "p8"} in [{first, second} for first, second, _ in found.pairs], (
        "an exact copy was not found"
    )
    return list(found.pairs)
