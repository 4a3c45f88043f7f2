"""The parts of the evaluation of translations in order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stagewright.report.blocks import Block
from stagewright.stages.evaluate import Inputs, RuntimeInputs
from stagewright.stages.scores import Scores
from stagewright_plugins.scoring import rules, text_rules
from stagewright_plugins.scoring.batches import groups
from stagewright_plugins.scoring.sheet import Sheet
from stagewright_plugins.texts.bleu import signature
from stagewright_plugins.texts.mistakes import KINDS, mistakes
from stagewright_plugins.texts.reading import read

from . import _showing as showing
from . import _tabular_showing as gains
from . import _text_showing as text
from ._baseline import compared
from ._columns import Columns
from ._slices import Slicer

SPLIT = "test"
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
class _Evaluation:
    inputs: Inputs
    settings: Settings
    blocks: list[Block] = field(default_factory=list)
    against: Sheet | None = None

    def run(self) -> Scores:
        inputs = self.inputs
        self.columns = Columns(inputs.data, self.settings.slices)  # a wrong name stops before any translation
        self.groups = groups(inputs.data, SPLIT)
        self.pairs = read(inputs.data, SPLIT)
        self.found = self._translator()(self.pairs.texts)
        self.said = [one.text for one in self.found]
        self.sheet = self._sheet(self.said)
        scores = self.sheet.write(self.folder, SPLIT, self.groups, inputs.context.seed)
        self.blocks += showing.score_blocks(scores, inputs.metrics, len(self.sheet.ids), inputs.data.group)
        self._texts()
        self._bleu(scores)
        self._baseline(scores)
        self._likeness()
        self._slices(scores)
        self._mistakes()
        inputs.context.show(*self.blocks)
        return scores

    @property
    def folder(self) -> Path:
        return self.inputs.context.workdir

    @property
    def key(self) -> str:
        return self.inputs.metrics.metrics[0].keys[0]

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
                self._write("bleu.json", found)
                self.inputs.context.emit("sacrebleu", score=found["score"], signature=found["signature"])
                self.blocks.append(text.bleu(found))

    def _baseline(self, scores: Scores) -> None:
        baseline, seed = self.inputs.baseline, self.inputs.context.seed
        if baseline is None:
            return
        found = compared(baseline, self.sheet, scores, self.inputs.metrics, self.groups, seed)
        self.blocks += showing.baseline_blocks(found)
        rule = text_rules.rebuilt(rules.read(baseline.path))
        self.against = self._sheet([one.text for one in rule(self.pairs.texts)])
        gain = self.sheet.differences(self.against, self.groups, seed)
        for item in found:
            if item["metric"] in gain:
                score = gain[item["metric"]]
                item["difference"] = {
                    "value": score.value,
                    "low": score.low,
                    "high": score.high,
                    "units": score.n,
                }
        self._write("baseline.json", found)
        self.blocks.append(gains.gains(gain, self.inputs.metrics))

    def _likeness(self) -> None:
        """How both fare by how similar the most similar remembered source is."""
        match = np.array([one.match for one in self.found])
        found = []
        for low, high in pairwise(LIKENESS):
            rows = (match >= low) & (match < high)
            if rows.any():
                item = {"low": low, "high": min(high, 1.0), "texts": int(rows.sum())}
                item["model"] = self.sheet.values(rows)
                item["baseline"] = self.against.values(rows) if self.against else None
                found.append(item)
        self._write("likeness.json", found)
        self.blocks.append(text.likeness(found, self.key))

    def _slices(self, scores: Scores) -> None:
        slicer = Slicer(
            self.sheet,
            self.groups,
            self.key,
            self.inputs.metrics.metrics[0].direction,
            self.settings.quantiles,
            self.settings.minimum_slice,
            self.inputs.context.seed,
            SLICE_RESAMPLES,
        )
        found = slicer.sliced(self.columns, scores.values.get(self.key))
        self._write("slices.json", found)
        self.blocks += showing.slice_blocks(found)

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
        self._write("mistakes.json", told)
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

    def _write(self, name: str, value: Any) -> None:
        text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
        (self.folder / name).write_text(text + "\n", encoding="utf-8")
