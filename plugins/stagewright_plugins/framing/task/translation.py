"""Translation: a text in one language becomes the same text in another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import framing
from stagewright.stages.framing import Task, TensorSpec
from stagewright.stages.objective import Goal

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z][A-Za-z]+)?$")]


@framing.task(summary="a text in one language becomes the same text in another")
def translation(
    _goal: Goal,
    /,
    *,
    source: Annotated[
        Language, Field(description="language of the texts that come, as gettext names it")
    ] = "en",
    target: Annotated[
        Language, Field(description="language that they are translated into, as gettext names it")
    ],
    max_source: Annotated[int, Field(ge=8, le=2000, description="characters of a text at most")] = 200,
    max_target: Annotated[int, Field(ge=8, le=2000, description="characters of a translation at most")] = 260,
) -> Task:
    """Input: one text; target: its translation; output: logits over sub-words, decoded by search.

    Index 0 of the sub-words fills up short texts and is counted by nothing.

    Raises:
        StagewrightError: both languages are the same.
    """
    if source == target:
        raise StagewrightError(f"source and target language are both {source!r}")
    return Task(
        type="translation",
        input=TensorSpec("text", (max_source,), "string"),
        target=TensorSpec("target", (max_target,), "string"),
        output=TensorSpec("logits", (-1,), "float32"),
        decode="search",
        ignore_index=0,
        default_metrics=("bleu", "chrf"),
        default_loss="cross_entropy",
        languages=(source, target),
    )
