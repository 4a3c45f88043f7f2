"""How much the headline metric loses when a column no longer tells anything (Breiman, 2001; Fisher et al., 2019)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stagewright.stages.metrics import Direction
from stagewright_plugins.tables.predicting import Predict
from stagewright_plugins.tables.reading import Rows

REPEATS = 3
SWAPS = 40  # random swaps that tell what chance alone reaches
_STREAM = 51_003  # keeps these draws apart from others that start from the same seed


@dataclass(frozen=True)
class Importance:
    """Shuffles one column at a time over the rows and predicts again."""

    predict: Predict
    measure: Callable[[NDArray[Any], NDArray[np.int64]], float]
    direction: Direction
    seed: int

    def of(self, rows: Rows, units: Sequence[str]) -> dict[str, Any]:
        """Loss per column, the largest first, each with its control: what it would reach if it told nothing.

        For the control, whole units (days) swap their answers with and without the shuffled column at random: if the
        column told nothing, that would change nothing but the noise. The control is the 95th percentile of the loss
        over such swaps (a paired randomisation test). Columns that tell the same share their importance, so a small
        loss does not mean that a column is useless.
        """
        random = np.random.default_rng([self.seed, _STREAM])
        whole = self.predict(rows.inputs)
        best = self.measure(whole, rows.targets)
        unit = np.unique(units, return_inverse=True)[1]
        swaps = random.random((SWAPS, unit.max() + 1)) < 0.5
        losses, controls = {}, {}
        for name, values in rows.inputs.items():
            shuffled = [
                self.predict({**rows.inputs, name: values[random.permutation(len(values))]})
                for _ in range(REPEATS)
            ]
            losses[name] = [self._loss(best, self.measure(one, rows.targets)) for one in shuffled]
            chance = self._by_chance(whole, shuffled[0], rows.targets, swaps[:, unit])
            controls[name] = float(np.percentile(chance, 95))
        found = [
            {
                "column": name,
                "loss": float(np.mean(each)),
                "low": float(min(each)),
                "high": float(max(each)),
                "control": controls[name],
                "above_control": bool(np.mean(each) > controls[name]),
            }
            for name, each in losses.items()
        ]
        found.sort(key=lambda item: -float(item["loss"]))  # type: ignore[arg-type]
        return {"whole": best, "rows": len(rows.ids), "columns": found}

    def _loss(self, whole: float, without: float) -> float:
        return whole - without if self.direction == "maximize" else without - whole

    def _by_chance(
        self, whole: NDArray[Any], without: NDArray[Any], targets: NDArray[np.int64], swaps: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """The loss under each random swap, (SWAPS,); a column that the model ignores gives zeros at once."""
        if np.array_equal(whole, without):
            return np.zeros(len(swaps))
        found = []
        for swap in swaps:
            one = np.where(swap[:, None], without, whole)
            other = np.where(swap[:, None], whole, without)
            found.append(self._loss(self.measure(one, targets), self.measure(other, targets)))
        return np.array(found)
