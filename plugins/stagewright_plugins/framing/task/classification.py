"""Classification of rows: one class for every row of a table."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import framing
from stagewright.stages.framing import Task, TensorSpec
from stagewright.stages.objective import Goal


@framing.task(summary="one class for every row of a table")
def classification(
    _goal: Goal,
    /,
    *,
    classes: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")], ...],
        Field(
            min_length=2,
            description="class names in order of their index; of two, the second one is what is looked for",
        ),
    ],
) -> Task:
    """Input: named columns, as the data stage leaves them; target int64; output (K,) probabilities.

    The decision is the likeliest class. Where one kind of mistake costs more, decide by the probability.

    Raises:
        StagewrightError: two classes share a name.
    """
    if len(set(classes)) < len(classes):
        raise StagewrightError(f"class names must differ, got {', '.join(classes)}")
    return Task(
        type="classification",
        input=TensorSpec("columns", (), "table"),
        target=TensorSpec("target", (), "int64"),
        output=TensorSpec("probability", (len(classes),), "float32"),
        decode="argmax",
        classes=tuple(classes),
        default_metrics=("auroc", "average_precision", "brier"),
        default_loss="cross_entropy",
    )
