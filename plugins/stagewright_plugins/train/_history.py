"""How a model of a table got better: metrics on validation at every check, the best one, when to stop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stagewright.context import Emit
from stagewright.report.blocks import Block, Facts, Lines, Series
from stagewright.stages.metrics import MetricSet
from stagewright_plugins.scoring.values import judged


class History:
    """Checks in order; each is an event `epoch`, as training on pictures gives them.

    Attributes:
        best: index of the check with the best leading metric.
        stopped: why training ended early, or empty.
    """

    def __init__(
        self, metrics: MetricSet, built: Mapping[str, Any], emit: Emit, patience: int | None
    ) -> None:
        self._metrics, self._built, self._emit, self._patience = metrics, built, emit, patience
        leading = metrics.metrics[0]
        self.key, self._sign = leading.keys[0], 1 if leading.direction == "maximize" else -1
        self.checks: list[dict[str, Any]] = []
        self.best, self.stopped = 0, ""

    def add(
        self,
        losses: Mapping[str, float],
        probabilities: NDArray[Any],
        targets: NDArray[np.int64],
        seconds: float,
    ) -> bool:
        """Judge probabilities (N, K) of the validation split; gives whether they are the best so far."""
        values = dict(losses) | self._scored(probabilities, targets)
        entry = {"epoch": len(self.checks), "metrics": values, "seconds": round(seconds, 3)}
        self.checks.append(entry)
        self._emit("epoch", **entry)
        better = len(self.checks) == 1 or self._gain(values) > 0
        if better:
            self.best = len(self.checks) - 1
        elif self._patience is not None and len(self.checks) - 1 - self.best >= self._patience:
            verb = "risen" if self._sign > 0 else "fallen"
            self.stopped = f"{self.key} has not {verb} for {self._patience} checks"
        return better

    @property
    def values(self) -> dict[str, float]:
        """Every metric of the best check."""
        found = self.checks[self.best]["metrics"]
        return {key: value for key, value in found.items() if key not in ("train_loss", "val_loss")}

    def write(self, folder: Path) -> None:
        """Leave `history.json`, without times, so that the same training leaves the same bytes."""
        checks = [{name: entry[name] for name in ("epoch", "metrics")} for entry in self.checks]
        told = {"best": self.best, "stopped": self.stopped, "epochs": checks}
        (folder / "history.json").write_text(json.dumps(told, indent=1), encoding="utf-8")

    def blocks(self, about: Mapping[str, Any], step: str) -> list[Block]:
        """The training in the report; `step` says what lies between two checks."""
        kept = f"check {self.best + 1} of {len(self.checks)}, best {self.key} on validation"
        facts = {**about, "Checks": f"every {step}", "Kept": kept}
        if self.stopped:
            facts["Ended early"] = self.stopped
        x = [entry["epoch"] + 1 for entry in self.checks]

        def series(key: str, name: str) -> Series:
            return Series(name, x, [entry["metrics"].get(key) for entry in self.checks])

        keys = [key for spec in self._metrics.metrics for key in spec.keys[:1] if spec.high == 1]
        losses = [series("train_loss", "train"), series("val_loss", "validation")]
        return [
            Facts("Training", facts=facts),
            Lines("Loss", series=losses, x_label="check", y_label="log loss"),
            Lines(
                "Validation metrics",
                caption="On the validation split, at every check.",
                series=[series(key, key) for key in keys],
                x_label="check",
                y_label="value",
            ),
        ]

    def _scored(self, probabilities: NDArray[Any], targets: NDArray[np.int64]) -> dict[str, float]:
        return judged(self._metrics, self._built, probabilities, targets)

    def _gain(self, values: Mapping[str, float]) -> float:
        known = self.checks[self.best]["metrics"].get(self.key)
        value = values.get(self.key)
        if value is None:
            return -1.0
        return 1.0 if known is None else self._sign * (value - known)
