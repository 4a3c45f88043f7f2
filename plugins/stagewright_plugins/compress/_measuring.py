"""One variant as it would be deployed: bytes, latency by turns with the model as trained, scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.compress import Inputs, Measured
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import FILE
from stagewright_plugins.exporting.latency import Latency, by_turns, paired
from stagewright_plugins.scoring.batches import batches
from stagewright_plugins.scoring.sheet import Sheet
from stagewright_plugins.scoring.slices import cut
from stagewright_plugins.texts.reading import read
from stagewright_plugins.texts.runtimes import of_onnx, settings

from ._limits import Cost, Values
from ._workshop import Variant

MEASURED = "measured.json"


@dataclass(frozen=True)
class Scored:
    """Every metric on one split, over all samples and per slice (`column=value`)."""

    values: Values
    slices: Mapping[str, Values]


@dataclass(frozen=True)
class Result:
    """What one variant costs and reaches on the validation split."""

    variant: Variant
    bytes: int
    latency: Latency
    scored: Scored


@dataclass(frozen=True)
class Meter:
    """Measures variants of one trained model in the same way.

    Attributes:
        columns: tags and quality columns to slice by.
        quantiles: slices of a numeric column.
        minimum: samples below which a slice is not looked at.
        threads: of the runtime, for one request.
    """

    inputs: Inputs
    trained: Variant
    columns: Sequence[str]
    quantiles: int
    minimum: int
    threads: int

    def measured(self, variant: Variant) -> Result:
        """Bytes, latency and validation scores; worked out once per variant."""
        kept = variant.folder / MEASURED
        if not kept.is_file():
            found = {
                "latency": asdict(self.latency(variant)),
                "scored": asdict(self.scored(variant, "validation")),
            }
            beside = kept.with_suffix(".part")
            beside.write_text(json.dumps(found), encoding="utf-8")
            beside.replace(kept)
        told = json.loads(kept.read_text(encoding="utf-8"))
        size = sum(path.stat().st_size for path in variant.onnx.glob("*.onnx"))
        return Result(variant, size, Latency(**told["latency"]), Scored(**told["scored"]))

    def latency(self, variant: Variant) -> Latency:
        """One request of one validation sample, by turns with the model as trained."""
        if self.inputs.data.modality == "text":
            reference, own = by_turns(
                *(self._translating(one) for one in (self.trained, variant)), self.threads
            )
        else:
            reference, own = paired(
                self.trained.onnx / FILE, variant.onnx / FILE, self._request, self.threads
            )
        return reference if variant is self.trained else own

    def scored(self, variant: Variant, split: str) -> Scored:
        """Every metric on a split, by the ONNX file."""
        return self.of(self.sheet(variant, split))

    def sheet(self, variant: Variant, split: str) -> Sheet:
        """The variant's answers to a split, scored."""
        task, context = self.inputs.framing.task, self.inputs.context
        model = Model(variant.onnx, "onnx", variant.spec, {})
        predict = context.resolve("evaluate.runtime", {"type": "onnx"})(RuntimeInputs(model, task, context))
        sheet = Sheet(self.inputs.metrics, task, context)
        if self.inputs.data.modality == "text":
            pairs = read(self.inputs.data, split)
            sheet.update(pairs.ids, [one.text for one in predict(pairs.texts)], pairs.targets)
            return sheet
        for batch in batches(self.inputs.data, split):
            sheet.update(batch.ids, predict(batch.inputs), batch.targets)
        return sheet

    def of(self, sheet: Sheet) -> Scored:
        """A sheet's values over all and per slice."""
        rows = self._rows.loc[sheet.ids]
        slices = {
            f"{column}={part.name}": sheet.values(part.rows)
            for column in self.columns
            for part in cut(rows["group" if self._grouped(column) else column], self.quantiles)
            if part.rows.sum() >= self.minimum
        }
        return Scored(sheet.values(), slices)

    def cost(self, result: Result, reference: Result) -> Cost:
        """What the variant costs and loses against the model as trained, both on validation."""
        one, other = reference.scored, result.scored
        return Cost(
            result.bytes,
            result.bytes / reference.bytes,
            result.latency.milliseconds,
            result.latency.ratio,
            self.drop(one.values, other.values),
            {name: self.drop(values, other.slices.get(name, {})) for name, values in one.slices.items()},
        )

    def drop(self, before: Values, after: Values) -> dict[str, float]:
        """By metric key how much worse it is, in the metric's unit; what exists on one side only is left out."""
        worse = {key: spec.direction for spec in self.inputs.metrics.metrics for key in spec.keys}
        return {
            key: (before[key] - after[key]) * (1 if direction == "maximize" else -1)
            for key, direction in worse.items()
            if key in before and key in after
        }

    def told(self, result: Result, reference: Result) -> Measured:
        """The result in the words of the contract."""
        head = self.inputs.metrics.metrics[0].keys[0]
        return Measured(
            result.variant.name,
            result.variant.onnx,
            result.bytes,
            result.latency.milliseconds,
            result.scored.values,
            {name: values[head] for name, values in result.scored.slices.items() if head in values},
            result.variant.spec,
            result.bytes / reference.bytes,
            result.latency.ratio,
        )

    def _translating(self, variant: Variant) -> Callable[[], object]:
        """Answers one request: a text of middling length."""
        texts = sorted(read(self.inputs.data, "validation").texts, key=len)
        text = texts[len(texts) // 2]
        translate = of_onnx(variant.onnx, settings(variant.spec, self.inputs.framing.task), self.threads)
        return lambda: translate([text])

    @cached_property
    def _request(self) -> np.ndarray:
        return next(iter(batches(self.inputs.data, "validation", 1))).inputs

    @cached_property
    def _rows(self) -> pd.DataFrame:
        """What is known of every sample; raises StagewrightError for a column that is not there."""
        data = self.inputs.data
        known = [*([data.group] if data.group else []), *data.tags, *data.quality]
        for name in self.columns:
            if name not in known:
                raise StagewrightError(
                    f"compress.slices: the data has no column {name!r}, {suggestion(name, known, 'column')}"
                )
        return pd.read_parquet(data.path / "quality.parquet").set_index("id", drop=False)

    def _grouped(self, column: str) -> bool:
        """The name of the groups stands for the groups."""
        return column == self.inputs.data.group and column not in self._rows


def evaluated_columns(inputs: Inputs) -> list[str]:
    """The columns that the evaluation was sliced by, as far as the data has them."""
    path = inputs.evaluate.path / "slices.json"
    if not path.is_file():
        return []
    found: Any = json.loads(path.read_text(encoding="utf-8"))
    return [column["column"] for column in found["columns"]]
