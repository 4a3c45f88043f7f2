"""What a rollout's guards watch and the recipe does not compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.rollout.measured import unknown_labels
from stagewright.stages.known import Known, Misfit


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Labels of metrics that are not listed."""
    for path, said in unknown_labels(settings["analysis"].guards, known.metrics):
        yield Misfit(("rollout", "analysis", "guards", *path), said)
