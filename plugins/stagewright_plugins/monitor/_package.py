"""What the package in service says of itself: signature, reference, promised metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from stagewright_plugins.monitoring.frames import reference_frame
from stagewright_plugins.packaging import signature as signatures
from stagewright_plugins.packaging import sketch


@dataclass(frozen=True)
class Promised:
    """A package as monitoring sees it.

    Attributes:
        reference: sample of requests and answers on validation data; empty for a baseline, which has none.
        metrics: test values by key, from its card.
    """

    path: Path
    signature: Mapping[str, Any]
    reference: pd.DataFrame
    metrics: Mapping[str, float]


def promised(path: Path) -> Promised:
    """Read a package's folder."""
    signature = signatures.read(path)
    there = (path / sketch.REFERENCE).is_file()
    reference = reference_frame(sketch.read(path), signature) if there else pd.DataFrame()
    return Promised(path, signature, reference, _metrics(path / "card.json"))


def _metrics(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    card = json.loads(path.read_text(encoding="utf-8"))
    scores = (card.get("metrics") or {}).get("package") or {}
    return {key: float(score["value"]) for key, score in scores.items()}
