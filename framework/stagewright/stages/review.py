"""A step's own wish for a review, beside what the objective's stakeholders approve (`stagewright.record.review`)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Review(BaseModel):
    """Whether a person must accept the finished step before the run goes on, and in which role."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    required: bool = Field(default=False, description="the run waits for `stagewright review`")
    by: str = Field(default="reviewer", min_length=1, description="role of the person who accepts")
