"""Names of the values that labels bring in a replay; light, because `check` asks for them."""

from __future__ import annotations

from stagewright.stages.known import Known

# Whether the class was right, and the squared error of the probabilities: metrics that rank rows have none for one row.
OF_ROWS = ("correct", "brier")


def brought(known: Known) -> tuple[str, ...]:
    """What a guard may read as `label.<name>`: every metric of the recipe, of rows what one row has."""
    return OF_ROWS if known.task.type == "classification" else known.metrics
