"""The parts of the evaluation in order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stagewright.stages.evaluate import Inputs, RuntimeInputs
from stagewright.stages.scores import Scores
from stagewright_plugins.scoring.batches import batches
from stagewright_plugins.scoring.sheet import Sheet

from . import _showing as showing
from ._evaluation import SPLIT, Evaluation
from ._explain import explained
from ._outcomes import Outcomes
from ._pixels import Pixels
from ._worst import Worst


@dataclass(frozen=True)
class Settings:
    """The stage's settings, by the names that `standard` documents; `thresholds` is `outcomes`, sorted."""

    slices: Sequence[str]
    quantiles: int
    minimum_slice: int
    worst: int
    thresholds: Sequence[float]
    boundary: float
    tiny: int
    explain: bool
    batch_size: int


def evaluated(inputs: Inputs, settings: Settings) -> Scores:
    """Predict the test split once, and measure everything from it."""
    return _Evaluation(inputs, settings).run()


class _Evaluation(Evaluation[Settings]):
    def run(self) -> Scores:
        self._predict()
        scores = self.scored()
        if (found := self.against(scores)) is not None:
            self.write("baseline.json", found)
        self.slice(scores)
        self._worst()
        self._outcomes()
        self._explain()
        self.inputs.context.show(*self.blocks)
        return scores

    def _predict(self) -> None:
        """One pass over the split: nothing that grows with the number of pixels outlives its batch."""
        task, context, model = self.inputs.framing.task, self.inputs.context, self.inputs.model
        runtime = context.resolve("evaluate.runtime", {"type": model.format})
        predict = runtime(RuntimeInputs(model, task, context))
        self.sheet = Sheet(self.inputs.metrics, task, context)
        self.outcomes = Outcomes(task.classes, self.settings.tiny)
        self.pixels = Pixels(task.classes, self.settings.boundary, self.settings.tiny)
        self.kept = Worst(self.settings.worst, self.headline.direction)
        for batch in batches(self.inputs.data, SPLIT, self.settings.batch_size):
            probabilities = predict(batch.inputs)
            values = self.sheet.update(batch.ids, probabilities, batch.targets)
            labels = probabilities.argmax(1)
            for i, name in enumerate(batch.ids):
                truth = np.where(self._known(batch.targets[i]), batch.targets[i], -1)
                matches = self.outcomes.add(name, truth, labels[i])
                self.pixels.add(truth, labels[i], matches)
                score = values[i].get(self.key, math.nan)
                self.kept.offer(name, score, batch.inputs[i], truth, labels[i])

    def _known(self, target: np.ndarray) -> np.ndarray:
        task = self.inputs.framing.task
        return (target >= 0) & (target < len(task.classes)) & (target != task.ignore_index)

    def _worst(self) -> None:
        tags = {name: self.columns.described(name) for name in self.kept.ids()}
        self.blocks += self.kept.draw(self.folder, self.inputs.framing.task.classes, self.key, tags)

    def _outcomes(self) -> None:
        objects = self.outcomes.objects()
        objects.to_parquet(self.folder / "objects.parquet", index=False)
        self.outcomes.overlaps().to_parquet(self.folder / "overlaps.parquet", index=False)
        outcomes = self.outcomes.summary(objects, self.settings.thresholds)
        pixels, confusion = self.pixels.summary(), self.pixels.confusion_summary()
        self.write("outcomes.json", {"objects": outcomes, "pixels": pixels})
        self.write("confusion.json", confusion)
        self.blocks += showing.outcome_blocks(outcomes, pixels, confusion)

    def _explain(self) -> None:
        if not self.settings.explain:
            return
        ids, seed = self.sheet.ids, self.inputs.context.seed
        scores = self.sheet.per_sample(self.key)
        found = {"metric": self.key} | explained(self.columns.quality(ids), scores, self.groups, ids, seed)
        self.write("explain.json", found)
        self.blocks += showing.explain_blocks(found)
