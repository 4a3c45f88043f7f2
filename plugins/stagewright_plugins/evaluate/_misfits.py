"""What an evaluation asks for and the data will not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.stages.known import Known, Misfit, unknown_columns


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Columns to slice by that are none."""
    return unknown_columns(("evaluate", "slices"), settings["slices"], known)
