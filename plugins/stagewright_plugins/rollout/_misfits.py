"""What a rollout's guards watch and the recipe does not compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.rollout.measured import unknown_labels
from stagewright.stages.known import Known, Misfit
from stagewright_plugins.replaying.labels import brought


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Values that no label brings."""
    for path, said in unknown_labels(settings["analysis"].guards, brought(known)):
        yield Misfit(("rollout", "analysis", "guards", *path), said)
