"""data.split: one split name per row, none of them empty."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.data import SPLITS, SplitInputs
from stagewright.testing import Bench


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """200 rows in 40 groups, with times and two columns to stratify by."""
    import numpy as np
    import pandas as pd

    random, count = np.random.default_rng(bench.seed), 200
    rows = pd.DataFrame(
        {
            "id": [f"s{i}" for i in range(count)],
            "group": [f"g{i // 5}" for i in range(count)],
            "time": pd.date_range("2024-01-01", periods=count, freq="1h").strftime("%Y-%m-%dT%H:%M:%SZ"),
            "place": random.choice(["north", "south"], count),
            "brightness": random.random(count),
        }
    )
    names = list(plugin(SplitInputs(rows, bench.seed)))
    assert len(names) == count, f"{len(names)} names for {count} rows"
    assert set(names) == set(SPLITS), f"splits are {', '.join(SPLITS)}, got {', '.join(sorted(set(names)))}"
    return names
