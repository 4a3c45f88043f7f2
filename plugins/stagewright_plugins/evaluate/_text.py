"""The parts of the evaluation of translations in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from stagewright.stages.evaluate import Inputs, RuntimeInputs
from stagewright.stages.scores import Scores
from stagewright_plugins.scoring import rules, text_rules
from stagewright_plugins.scoring.sheet import Sheet
from stagewright_plugins.texts.bleu import signature
from stagewright_plugins.texts.mistakes import KINDS, mistakes
from stagewright_plugins.texts.reading import read

from . import _text_showing as text
from ._evaluation import SPLIT, Evaluation

SLICE_RESAMPLES = 200  # a slice's interval needs no more; there are many slices
LIKENESS = (0.0, 0.5, 0.7, 0.85, 1.01)  # ends of ranges of the most similar remembered source
COMMAND = "sacrebleu references.txt -i hypotheses.txt -m bleu -tok {} -w 2"


@dataclass(frozen=True)
class Settings:
    """The stage's settings, by the names that `text` documents."""

    slices: Sequence[str]
    quantiles: int
    minimum_slice: int
    worst: int


def evaluated(inputs: Inputs, settings: Settings) -> Scores:
    """Translate the test split once, and measure everything from it."""
    return _Evaluation(inputs, settings).run()


@dataclass
class _Evaluation(Evaluation[Settings]):
    memory: Sheet | None = None  # the baseline's, if there is one

    slice_resamples = SLICE_RESAMPLES

    def run(self) -> Scores:
        self.pairs = read(self.inputs.data, SPLIT)
        self.found = self._translator()(self.pairs.texts)
        self.said = [one.text for one in self.found]
        self.sheet = self._sheet(self.said)
        scores = self.scored()
        self._texts()
        self._bleu(scores)
        self._baseline(scores)
        self._likeness()
        self.slice(scores)
        self._mistakes()
        self.inputs.context.show(*self.blocks)
        return scores

    def _translator(self) -> Any:
        task, context, model = self.inputs.framing.task, self.inputs.context, self.inputs.model
        return context.resolve("evaluate.runtime", {"type": model.format})(
            RuntimeInputs(model, task, context)
        )

    def _sheet(self, said: Sequence[str]) -> Sheet:
        sheet = Sheet(self.inputs.metrics, self.inputs.framing.task, self.inputs.context)
        sheet.update(self.pairs.ids, said, self.pairs.targets)
        return sheet

    def _texts(self) -> None:
        """One text per line: texts are normalised, so none holds a line's end."""
        files = {"sources": self.pairs.texts, "hypotheses": self.said, "references": self.pairs.targets}
        for name, lines in files.items():
            text = "".join(f"{line}\n" for line in lines)
            (self.folder / f"{name}.txt").write_text(text, encoding="utf-8")

    def _bleu(self, scores: Scores) -> None:
        """How BLEU came about, and the command that gives it again."""
        for spec in self.inputs.metrics.metrics:
            if spec.spec["type"] == "bleu" and spec.keys[0] in scores.values:
                tokenize = str(spec.spec["tokenize"])
                value = scores.values[spec.keys[0]].value
                found = {
                    "score": round(value, 4),
                    "signature": signature(tokenize),
                    "command": COMMAND.format(tokenize),
                }
                self.write("bleu.json", found)
                self.inputs.context.emit("sacrebleu", score=found["score"], signature=found["signature"])
                self.blocks.append(text.bleu(found))

    def _baseline(self, scores: Scores) -> None:
        if self.inputs.baseline and (found := self.against(scores)) is not None:
            rule = text_rules.rebuilt(rules.read(self.inputs.baseline.path))
            self.memory = self._sheet([one.text for one in rule(self.pairs.texts)])
            self.gained(found, self.memory)

    def _likeness(self) -> None:
        """How both fare by how similar the most similar remembered source is."""
        match = np.array([one.match for one in self.found])
        found = []
        for low, high in pairwise(LIKENESS):
            rows = (match >= low) & (match < high)
            if rows.any():
                item = {"low": low, "high": min(high, 1.0), "texts": int(rows.sum())}
                item["model"] = self.sheet.values(rows)
                item["baseline"] = self.memory.values(rows) if self.memory else None
                found.append(item)
        self.write("likeness.json", found)
        self.blocks.append(text.likeness(found, self.key))

    def _mistakes(self) -> None:
        pairs = zip(self.pairs.texts, self.said, self.pairs.targets, strict=True)
        kinds = [mistakes(*pair) for pair in pairs]
        counts = Counter(kind for found in kinds for kind in found)
        exact = sum(a == b for a, b in zip(self.said, self.pairs.targets, strict=True))
        told = {
            "texts": len(self.said),
            "exact": exact,
            "kinds": {kind: {"texts": counts[kind], "what": what} for kind, what in KINDS.items()},
        }
        self.write("mistakes.json", told)
        table = pd.DataFrame(
            {
                "id": self.pairs.ids,
                "text": self.pairs.texts,
                "reference": self.pairs.targets,
                "said": self.said,
                "confidence": [one.confidence for one in self.found],
                "match": [one.match for one in self.found],
                "mistakes": [", ".join(found) for found in kinds],
                **{key: self.sheet.per_sample(key) for key in self.sheet.keys},
            }
        )
        table.to_parquet(self.folder / "translations.parquet", index=False)
        self.blocks.append(text.mistakes(told))
        # By chrF where it is measured: BLEU of one short text is mostly 0.
        key = "chrf" if "chrf" in table else self.key
        self.blocks += text.worst(table, key, self.settings.worst)
