"""What a variant may cost and lose, and by how much one misses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.metrics import MetricSet
from stagewright.stages.verdict import Verdict

Positive = Annotated[float, Field(gt=0)]
Values = Mapping[str, float]


class Percentiles(BaseModel):
    """Milliseconds of one request; None where there is no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    p50: Positive | None = None
    p95: Positive | None = None
    p99: Positive | None = None


class Limits(BaseModel):
    """All of them must hold. Ratios are to the model as trained, exported as fp32 ONNX."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    bytes: int | None = Field(default=None, gt=0, description="largest size of the exported file")
    size_ratio: float | None = Field(default=None, gt=0, description="largest share of the fp32 file's bytes")
    latency_ms: Percentiles = Field(
        default=Percentiles(), description="slowest request, by percentile; holds for one machine only"
    )
    latency_ratio: float | None = Field(
        default=None, gt=0, description="largest share of the fp32 model's latency, by turns"
    )
    drop: dict[str, float] = Field(
        default={}, description="how much each metric may get worse, in its own unit"
    )
    slice_drop: dict[str, float] = Field(
        default={}, description="how much each metric may get worse in any slice"
    )

    def require(self, metrics: MetricSet) -> None:
        """Raise StagewrightError for a metric that the recipe does not compute."""
        known = [key for spec in metrics.metrics for key in spec.keys]
        for where in ("drop", "slice_drop"):
            for key in getattr(self, where):
                if key not in known:
                    hint = suggestion(key, known, "metric value")
                    raise StagewrightError(f"compress.limits.{where}: no metric gives {key!r}, {hint}")


@dataclass(frozen=True)
class Cost:
    """What is held against the limits.

    Attributes:
        drop: by metric key, how much worse than the model as trained; positive is worse.
        slice_drop: the same per slice (`column=value`), then by metric key.
    """

    bytes: int
    size_ratio: float
    latency_ms: Values
    latency_ratio: float
    drop: Values
    slice_drop: Mapping[str, Values]


@dataclass(frozen=True)
class Check:
    """One limit and the figure held against it; None where there is no figure, which fails.

    Attributes:
        scale: what an excess is measured in, so that excesses of different limits can be added.
        where: the slice that the figure is of.
    """

    condition: str
    limit: float
    measured: float | None
    scale: float
    where: str = ""

    @property
    def passed(self) -> bool:
        """Whether the limit holds."""
        return self.measured is not None and self.measured <= self.limit

    @property
    def excess(self) -> float:
        """By how many scales the figure is beyond the limit; 0 or less inside it."""
        return 1.0 if self.measured is None else (self.measured - self.limit) / self.scale

    def verdict(self, prefix: str = "") -> Verdict:
        """The check as a gate of the run; `prefix` says what was measured."""
        if self.measured is None:
            return Verdict("limits", self.condition, False, f"{prefix}cannot be decided: there is no value")
        word = "holds" if self.passed else f"misses by {self.measured - self.limit:.3g}"
        at = f" in {self.where}" if self.where else ""
        message = f"{prefix}{word}: measured {self.measured:.4g}{at}"
        return Verdict("limits", self.condition, self.passed, message, self.measured)


def checks(limits: Limits, cost: Cost) -> list[Check]:
    """Every limit held against what a variant costs, in the order of the settings."""
    return [*_sizes(limits, cost), *_latencies(limits, cost), *_drops(limits, cost)]


def excess(found: Iterable[Check]) -> float:
    """How far a variant is from the limits: the excesses of those it misses, added up; 0 inside."""
    return sum(check.excess for check in found if not check.passed)


def _sizes(limits: Limits, cost: Cost) -> Iterator[Check]:
    if limits.bytes is not None:
        yield Check(f"bytes <= {limits.bytes}", limits.bytes, cost.bytes, limits.bytes)
    if limits.size_ratio is not None:
        asked = f"size <= {limits.size_ratio:g} x fp32"
        yield Check(asked, limits.size_ratio, cost.size_ratio, limits.size_ratio)


def _latencies(limits: Limits, cost: Cost) -> Iterator[Check]:
    for name, limit in limits.latency_ms.model_dump(exclude_none=True).items():
        yield Check(f"latency {name} <= {limit:g} ms", limit, cost.latency_ms.get(name), limit)
    if limits.latency_ratio is not None:
        asked = f"latency <= {limits.latency_ratio:g} x fp32"
        yield Check(asked, limits.latency_ratio, cost.latency_ratio, limits.latency_ratio)


def _drops(limits: Limits, cost: Cost) -> Iterator[Check]:
    for key, limit in limits.drop.items():
        yield Check(f"drop of {key} <= {limit:g}", limit, cost.drop.get(key), _scale(limit))
    for key, limit in limits.slice_drop.items():
        drops = {name: values[key] for name, values in cost.slice_drop.items() if key in values}
        worst = max(drops, key=lambda name: drops[name], default="")
        asked = f"drop of {key} in any slice <= {limit:g}"
        yield Check(asked, limit, drops.get(worst), _scale(limit), worst)


def _scale(limit: float) -> float:
    """A limit of 0, or a gain that is asked for, has no size of its own to measure an excess in."""
    return max(abs(limit), 1e-3)
