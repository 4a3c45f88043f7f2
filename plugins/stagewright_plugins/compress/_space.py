"""What a search may vary: settings of the steps, each within a range or among choices."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Number = int | float
Choice = str | int | float | bool


class Range(BaseModel):
    """All numbers from `low` to `high`; whole ones where both are."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    low: Number
    high: Number
    step: Number | None = Field(default=None, gt=0, description="distance between values")
    log: bool = Field(default=False, description="as many values between 1 and 10 as between 10 and 100")

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        if self.log and (self.low <= 0 or self.step is not None):
            raise ValueError("log needs a low above 0 and no step")
        return self


class Choices(BaseModel):
    """One of these values."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    choices: Annotated[list[Choice], Field(min_length=1)]


def _pair(value: Any) -> Any:
    """`[0.4, 0.9]` is short for a range."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return {"low": value[0], "high": value[1]}
    return value


Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]
Space = Annotated[Range | Choices, BeforeValidator(_pair, json_schema_input_type=Range | Choices | Pair)]


class Search(BaseModel):
    """How often to try, and what: `{trials: 12, space: {prune.keep: [0.4, 0.9]}}`."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    trials: int = Field(default=12, ge=1, le=10_000, description="how many settings to try")
    space: dict[str, Space] = Field(
        min_length=1, description="`step.setting`: [low, high], a range or choices"
    )
