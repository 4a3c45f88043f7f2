"""chrF: character n-grams that translation and reference share, 0 to 100."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("translation",), direction="maximize", low=0, high=100)
def chrf(
    task: Task,
    /,
    *,
    words: Annotated[
        int, Field(ge=0, le=4, description="longest word n-gram counted beside characters; 2 is chrF++")
    ] = 0,
) -> Any:
    """Popović (2015), over character n-grams up to 6; kinder than BLEU to inflected languages and short texts."""
    from stagewright_plugins.texts.chrf import Chrf

    return Chrf(words)
