"""data: splits that can be opened, with the columns the contract names, and files that describe them."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.data import SPLITS
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import staged
from stagewright_plugins.rehearsals._plain import plain

FILES = ("quality.parquet", "quality.json", "quarantine.json", "issues.json", "card.json", "lineage.json")


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """The three splits hold as many rows as the handle says, each row with an id and a target."""
    from datasets import load_from_disk

    data = staged(plugin, bench)
    assert set(data.counts) <= set(SPLITS), f"splits are {', '.join(SPLITS)}, not {', '.join(data.counts)}"
    for split, count in data.counts.items():
        rows = load_from_disk(str(data.path / "splits" / split))
        assert len(rows) == count, f"{split}: {len(rows)} rows, the handle says {count}"
        assert {"id", "target"} <= set(rows.column_names), f"{split}: columns {rows.column_names}"
    missing = [name for name in FILES if not (data.path / name).is_file()]
    assert not missing, f"{', '.join(missing)} was not written"
    assert len(data.version) == 64, "the version is a SHA-256 in hexadecimal"
    return (
        data.version,
        data.counts,
        data.tags,
        data.quality,
        plain(data.path / "splits" / "test")["state.json"],
    )
