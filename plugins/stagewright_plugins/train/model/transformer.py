"""Transformer: the standard network from one text to another."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import train
from stagewright.stages.framing import Task


@train.model(fits=("translation",))
def transformer(
    task: Task,
    /,
    *,
    vocabulary: Annotated[
        int,
        Field(ge=100, le=100_000, description="sub-words it can hold: those of `data.vocabulary`, or more"),
    ] = 1500,
    width: Annotated[int, Field(ge=8, le=2048, description="numbers that stand for a sub-word")] = 128,
    heads: Annotated[int, Field(ge=1, le=64, description="attention heads; they share the width")] = 4,
    layers: Annotated[int, Field(ge=1, le=24, description="layers of the encoder, and of the decoder")] = 2,
    inner: Annotated[
        int, Field(ge=8, le=8192, description="units of the feed-forward part of a layer")
    ] = 512,
    dropout: Annotated[
        float, Field(ge=0, lt=1, description="share of numbers left out while training")
    ] = 0.2,
    copy: Annotated[
        bool,
        Field(description="whether it may copy sub-words of its input (See et al., 2017, arXiv:1704.04368)"),
    ] = False,
    memory: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="likeness from which the most similar train source's translation is read along (Bulte and "
            "Tezcan, 2019, doi:10.18653/v1/P19-1175); null: never",
        ),
    ] = None,
    beam: Annotated[
        int, Field(ge=1, le=32, description="translations followed at a time when decoding; 1: greedy")
    ] = 4,
) -> Any:
    """Encoder and decoder (Vaswani et al., 2017, arXiv:1706.03762), layers normalised first (Xiong et al., 2020,
    arXiv:2002.04745), one table of sub-words for both sides and the output.

    (source (N, S), before (N, T)) int64 → logits (N, vocabulary, T) float32, of the sub-word after each of `before`.

    Raises:
        StagewrightError: the heads do not share the width evenly, or it is odd.
    """
    from ._transformer import Transformer

    if width % heads or width % 2:
        raise StagewrightError(f"train.model: width {width} must be even and a multiple of heads ({heads})")
    longest = 2 * (task.input.shape[0] + task.target.shape[0])
    return Transformer(vocabulary, width, heads, layers, inner, dropout, copy, longest)
