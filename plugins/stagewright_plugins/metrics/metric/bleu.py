"""BLEU: word n-grams that translation and reference share, 0 to 100."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("translation",), direction="maximize", low=0, high=100)
def bleu(
    task: Task,
    /,
    *,
    tokenize: Annotated[
        Literal["13a", "intl", "char", "none"],
        Field(description="how texts are cut into words, as sacreBLEU names it"),
    ] = "13a",
) -> Any:
    """Corpus BLEU (Papineni et al., 2002) as the command `sacrebleu` gives it (Post, 2018, arXiv:1804.08771)."""
    from stagewright_plugins.texts.bleu import Bleu

    return Bleu(tokenize)
