"""Texts and their translations become one versioned dataset: cleaned, measured, curated, split, sub-words learned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stagewright.contract import use
from stagewright.stages import data
from stagewright.stages.data import Dataset, Inputs, SourceInputs

from ._known import declared, image_columns, image_misfits
from .standard import _condition

Rule = Annotated[str, AfterValidator(_condition)]


@data.stage(columns=image_columns, declared=declared, misfits=image_misfits)
def parallel_text(
    inputs: Inputs,
    /,
    *,
    source: data.SourceChoice,
    quality: list[data.QualityChoice] = (  # type: ignore[assignment]
        use("source_words"),
        use("length_ratio"),
        use("language_mismatch"),
        use("placeholder_mismatch"),
        use("untranslated"),
    ),
    curate: Annotated[
        list[Rule],
        Field(description="conditions over quality columns and tags; pairs that fail one are left out"),
    ] = (),  # type: ignore[assignment]
    outlier_ranges: Annotated[
        float,
        Field(gt=0, description="interquartile ranges beyond the quartiles from which a value is an outlier"),
    ] = 3.0,
    split: data.SplitChoice = use("grouped"),
    leakage: Annotated[
        Literal["error", "repair"],
        Field(description="a source in two splits stops the run, or train and validation give way"),
    ] = "error",
    vocabulary: Annotated[
        int, Field(ge=100, le=100_000, description="sub-words at most, learned on the train split")
    ] = 1500,
    max_quarantined: Annotated[
        float, Field(ge=0, le=1, description="share of pairs that may be unusable before the run stops")
    ] = 0.1,
) -> Dataset:
    """Pairs as `datasets` Arrow: `id`, `text`, `target`, `group`; white space normalised, otherwise as they came.

    Pairs without a translation, or longer than the task allows, go to quarantine. Of equal pairs one is kept; of one
    source with several translations the commonest. A group holds all sources that say the same but for case,
    punctuation and placeholders, so no such text is in two splits.

    Raises:
        StagewrightError: too many pairs in quarantine, a rule that reads an unknown column, a split without pairs, or a
            source that gives something else than texts.
    """
    from ._texts import Choices, prepare

    found = source(SourceInputs(inputs.framing.task, inputs.context))
    choices = Choices(quality, curate, outlier_ranges, split, leakage, vocabulary, max_quarantined)
    return prepare(found, inputs.framing.task, choices, inputs.context)
