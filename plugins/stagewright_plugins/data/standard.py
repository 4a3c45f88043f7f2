"""Raw samples become one versioned dataset: read, measured, curated, split, described."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stagewright.contract import WithoutEffect, use
from stagewright.expression import parse
from stagewright.stages import data
from stagewright.stages.data import Dataset, Inputs, SourceInputs

from ._known import declared, image_columns, image_misfits


def _condition(text: str) -> str:
    """A rule is held to the language while the recipe is checked; its names are known only with the data."""
    if not parse(text).is_condition:
        raise ValueError(f"{text!r} is a number, not a condition: compare it with something")
    return text


Rule = Annotated[str, AfterValidator(_condition)]


@data.stage(columns=image_columns, declared=declared, misfits=image_misfits)
def standard(
    inputs: Inputs,
    /,
    *,
    source: data.SourceChoice,
    quality: list[data.QualityChoice] = (  # type: ignore[assignment]
        use("area"),
        use("objects"),
        use("brightness"),
        use("contrast"),
        use("sharpness"),
        use("noise"),
        use("entropy"),
        use("dynamic_range"),
    ),
    curate: Annotated[
        list[Rule],
        Field(description="conditions over quality columns and tags; samples that fail one are left out"),
    ] = (),  # type: ignore[assignment]
    outlier_ranges: Annotated[
        float,
        Field(gt=0, description="interquartile ranges beyond the quartiles from which a value is an outlier"),
    ] = 1.5,
    duplicates: data.DuplicatesChoice | None = use("perceptual_hash"),
    split: data.SplitChoice = use("random"),
    leakage: Annotated[
        Literal["error", "repair"],
        Field(
            description="a group or a picture in two splits stops the run, or train and validation give way"
        ),
    ] = "error",
    max_quarantined: Annotated[
        float, Field(ge=0, le=1, description="share of items that may be unusable before the run stops")
    ] = 0.05,
    workers: Annotated[
        int,
        WithoutEffect(),
        Field(ge=0, le=64, description="threads that read and measure; 0: one per CPU, at most 8"),
    ] = 0,
) -> Dataset:
    """Images and masks as `datasets` Arrow: input (C, H, W) uint8, target (H, W) uint8, at the task's size.

    Every item is decoded once. Pictures are resized bilinearly, masks to the nearest pixel; what cannot be
    read or does not fit goes to quarantine with its reason. Exact copies are found by SHA-256 of what the
    model sees, near ones by `duplicates`. The result depends on neither `workers` nor the machine.

    Raises:
        StagewrightError: too many items in quarantine, a rule that reads an unknown column, a split without
            samples, leakage between splits, or a source that gives something else than images.
    """
    from ._stage import Choices, prepare

    task = inputs.framing.task
    found = source(SourceInputs(task, inputs.context))
    choices = Choices(
        quality=quality,
        duplicates=duplicates,
        curate=curate,
        outlier_ranges=outlier_ranges,
        split=split,
        leakage=leakage,
        max_quarantined=max_quarantined,
        workers=workers or _cpus(),
    )
    return prepare(found, task, choices, inputs.context)


def _cpus() -> int:
    import os

    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
