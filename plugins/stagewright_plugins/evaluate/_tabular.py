"""The parts of the evaluation of a table in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stagewright.errors import StagewrightError
from stagewright.stages.evaluate import Inputs
from stagewright.stages.scores import Scores
from stagewright_plugins.scoring import rules, table_rules
from stagewright_plugins.scoring.sheet import Sheet
from stagewright_plugins.tables.predicting import Predict, predictor
from stagewright_plugins.tables.reading import Rows, read

from . import _tabular_showing as tabular
from ._calibration import calibration
from ._evaluation import SPLIT, Evaluation
from ._importance import Importance
from ._threshold import chosen, confusion

SLICE_RESAMPLES = 200  # a slice's interval needs no more; there are many slices


@dataclass(frozen=True)
class Settings:
    """The stage's settings, by the names that `tabular` documents."""

    slices: Sequence[str]
    quantiles: int
    minimum_slice: int
    miss_cost: float | None
    bins: int
    importance_rows: int
    errors: int


def evaluated(inputs: Inputs, settings: Settings) -> Scores:
    """Predict the test split once, and measure everything from it."""
    return _Evaluation(inputs, settings).run()


class _Evaluation(Evaluation[Settings]):
    slice_resamples = SLICE_RESAMPLES

    def run(self) -> Scores:
        self.predict = self._predictor()
        self.rows = read(self.inputs.data, SPLIT)
        self.given = self.predict(self.rows.inputs)
        self.sheet = self._sheet(self.given)
        scores = self.scored()
        self._predictions()
        self._baseline(scores)
        self._calibration()
        self._threshold()
        self.slice(scores)
        self._importance()
        self._errors()
        self.inputs.context.show(*self.blocks)
        return scores

    @property
    def classes(self) -> tuple[str, ...]:
        return self.inputs.framing.task.classes

    def _predictor(self) -> Predict:
        model = self.inputs.model
        if model.format != "onnx":
            raise StagewrightError(
                f"evaluate: a model of a table is ONNX, this one is {model.format!r}; train it with gradient_boosting "
                "or table_mlp"
            )
        return predictor(model.path)

    def _sheet(self, given: NDArray[np.float32]) -> Sheet:
        sheet = Sheet(self.inputs.metrics, self.inputs.framing.task, self.inputs.context)
        sheet.update(self.rows.ids, given, self.rows.targets)
        return sheet

    def _predictions(self) -> None:
        columns = {f"probability.{name}": self.given[:, i] for i, name in enumerate(self.classes)}
        table = pd.DataFrame({"id": self.rows.ids, "target": self.rows.targets, **columns})
        table.to_parquet(self.folder / "predictions.parquet", index=False)

    def _baseline(self, scores: Scores) -> None:
        if self.inputs.baseline and (found := self.against(scores)) is not None:
            rate = table_rules.rebuilt(rules.read(self.inputs.baseline.path))
            self.gained(found, self._sheet(rate(self.rows.inputs)))

    def _calibration(self) -> None:
        found = calibration(self.given, self.rows.targets, self.settings.bins)
        self.write("calibration.json", found)
        self.blocks.append(tabular.calibration(found, self.classes))

    def _threshold(self) -> None:
        """The threshold is chosen on validation, and judged on test."""
        threshold = None
        if len(self.classes) == 2:
            held = read(self.inputs.data, "validation")
            second = self.predict(held.inputs)[:, 1]
            threshold = chosen(second, held.targets, self.settings.miss_cost)
        found = confusion(self.given, self.rows.targets, self.classes, threshold)
        self.write("confusion.json", found | {"miss_cost": self.settings.miss_cost})
        self.blocks.append(tabular.confusion(found, self.settings.miss_cost))

    def _importance(self) -> None:
        if not self.settings.importance_rows:
            return
        seed = self.inputs.context.seed
        drawn = np.sort(
            np.random.default_rng(seed).permutation(len(self.rows.ids))[: self.settings.importance_rows]
        )
        ids = [self.rows.ids[row] for row in drawn]
        inputs = {name: values[drawn] for name, values in self.rows.inputs.items()}
        some = Rows(ids, inputs, self.rows.targets[drawn])
        units = [self.groups.get(name, name) for name in ids]
        found = Importance(self.predict, self._headline_of, self.headline.direction, seed).of(some, units)
        self.write("importance.json", {"metric": self.key, **found})
        self.blocks += tabular.importance(found, self.key)

    def _headline_of(self, given: NDArray[Any], targets: NDArray[np.int64]) -> float:
        import torch

        spec = self.headline.spec
        metric = self.inputs.context.resolve("metrics.metric", spec)(self.inputs.framing.task)
        metric.update(torch.as_tensor(given), torch.as_tensor(targets))
        return float(np.mean(np.asarray(metric.compute())))

    def _errors(self) -> None:
        wrong = np.flatnonzero(self.given.argmax(1) != self.rows.targets)
        surest = wrong[np.argsort(-self.given.max(1)[wrong], kind="stable")][: self.settings.errors]
        found = [
            {
                "id": self.rows.ids[row],
                "target": self.classes[self.rows.targets[row]],
                "said": self.classes[self.given[row].argmax()],
                "probability": round(float(self.given[row].max()), 4),
                "inputs": {name: _plain(values[row]) for name, values in self.rows.inputs.items()},
            }
            for row in surest
        ]
        self.write("errors.json", found)
        if found:
            self.blocks.append(tabular.errors(found, self.columns.slices, len(wrong)))


def _plain(value: Any) -> str | float | None:
    if isinstance(value, str):
        return value
    return None if np.isnan(value) else float(f"{value:.6g}")
