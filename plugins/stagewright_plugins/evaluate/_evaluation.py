"""What every evaluation does around its own measurements: columns, groups, scores, slices, files, blocks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from stagewright.report.blocks import Block
from stagewright.stages.evaluate import Inputs
from stagewright.stages.scores import Scores
from stagewright_plugins.scoring.batches import groups
from stagewright_plugins.scoring.sheet import RESAMPLES, Sheet

from . import _showing as showing
from . import _tabular_showing as gains
from ._baseline import compared
from ._columns import Columns
from ._slices import Slicer

SPLIT = "test"


class Sliced(Protocol):
    """The settings that every evaluation has."""

    @property
    def slices(self) -> Sequence[str]: ...
    @property
    def quantiles(self) -> int: ...
    @property
    def minimum_slice(self) -> int: ...


S = TypeVar("S", bound=Sliced)


@dataclass
class Evaluation(Generic[S]):
    """One evaluation at work; whoever derives from it fills `sheet` with the test split.

    Attributes:
        blocks: for the report, in order.
        slice_resamples: behind the interval of a slice.
    """

    slice_resamples: ClassVar[int] = RESAMPLES

    inputs: Inputs
    settings: S
    blocks: list[Block] = field(default_factory=list)
    sheet: Sheet = field(init=False)

    def __post_init__(self) -> None:
        self.columns = Columns(self.inputs.data, self.settings.slices)  # a wrong name stops before any work
        self.groups = groups(self.inputs.data, SPLIT)
        self.headline = self.inputs.metrics.metrics[0]

    @property
    def folder(self) -> Path:
        """Where files of the step go."""
        return self.inputs.context.workdir

    @property
    def key(self) -> str:
        """The value that samples and slices are judged by."""
        return self.headline.keys[0]

    def scored(self) -> Scores:
        """The scores of the whole split, written and shown."""
        data = self.inputs.data
        scores = self.sheet.write(self.folder, SPLIT, self.groups, self.inputs.context.seed)
        self.blocks += showing.score_blocks(scores, self.inputs.metrics, len(self.sheet.ids), data.group)
        return scores

    def against(self, scores: Scores) -> list[dict[str, Any]] | None:
        """The baseline beside the model, shown; None without one."""
        baseline, seed = self.inputs.baseline, self.inputs.context.seed
        if baseline is None:
            return None
        found = compared(baseline, self.sheet, scores, self.inputs.metrics, self.groups, seed)
        self.blocks += showing.baseline_blocks(found)
        return found

    def gained(self, found: list[dict[str, Any]], other: Sheet) -> None:
        """What the model gains over the baseline's sheet on the same resamples, added, written and shown."""
        gain = self.sheet.differences(other, self.groups, self.inputs.context.seed)
        for item in found:
            if score := gain.get(item["metric"]):
                item["difference"] = {
                    "value": score.value,
                    "low": score.low,
                    "high": score.high,
                    "units": score.n,
                }
        self.write("baseline.json", found)
        self.blocks += gains.gains(gain, self.inputs.metrics)

    def slice(self, scores: Scores) -> None:
        """Scores per slice, written and shown."""
        slicer = Slicer(
            self.sheet,
            self.groups,
            self.key,
            self.headline.direction,
            self.settings.quantiles,
            self.settings.minimum_slice,
            self.inputs.context.seed,
            self.slice_resamples,
        )
        found = slicer.sliced(self.columns, scores.values.get(self.key))
        self.write("slices.json", found)
        self.blocks += showing.slice_blocks(found)

    def write(self, name: str, value: Any) -> None:
        """A file of the step, as JSON."""
        text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
        (self.folder / name).write_text(text + "\n", encoding="utf-8")
