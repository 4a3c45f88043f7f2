"""compress: variants of the model on a front of size, latency and quality; the best inside the limits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.frozen import frozen
from stagewright.stages.data import Dataset
from stagewright.stages.framing import TASK_ONLY, Framing
from stagewright.stages.known import StageFacts
from stagewright.stages.metrics import MetricSet
from stagewright.stages.scores import Scores
from stagewright.stages.train import Model
from stagewright.stages.verdict import Verdict


@frozen
class Inputs:
    """What compression looks at; `evaluate` holds the test scores of the model as trained.

    A step is handed the same, with `model` the variant of the step before it. It may learn from the train split
    and choose by the validation split; the test split is for the chosen variant alone.
    """

    framing: Framing
    data: Dataset
    metrics: MetricSet
    model: Model
    evaluate: Scores
    context: Context


@frozen
class Compressed(Model):
    """The chosen variant: a model like any other, with what it cost and what it saved.

    Attributes:
        variants: `variants.json` below `path`: every variant that was measured.
        verdicts: the limits, held against the chosen variant on the test split.
    """

    variants: str = "variants.json"
    verdicts: tuple[Verdict, ...] = ()


stage: Contract[Inputs, Compressed] = Contract(
    "compress", takes=Inputs, gives=Compressed, facts=StageFacts, uses=("evaluate.runtime",), sees=TASK_ONLY
)


@frozen
class StepFacts:
    """Declared on the mark of a step: a step is handed the newest variant of a format that it takes.

    Attributes:
        takes: formats of models (`Model.format`) that it can work on.
        gives: format of the model that it leaves.
        bits: that a weight takes at least once it has worked, where it keeps all of them; None where it may
            leave weights out, so that nothing can be said of the size.
    """

    takes: tuple[str, ...] = ("torch",)
    gives: str = "torch"
    bits: int | None = None


# One way to make the model smaller: distillation, structured pruning, quantisation. Works in
# `inputs.context.workdir`, a folder of its own.
step: Contract[Inputs, Model] = Contract("compress.step", takes=Inputs, gives=Model, facts=StepFacts)
StepChoice = Annotated[Component[Inputs, Model], step]


@frozen
class Measured:
    """One variant as it would be deployed, measured on its target runtime.

    Attributes:
        path: folder with its `model.onnx`.
        bytes: size of the exported file.
        latency_ms: percentiles of one request, by name (`p50`, `p95`, `p99`).
        values: every metric key on the validation split.
        slices: headline metric per slice, `column=value` → value.
        spec: what the model was rebuilt from, and the steps that led to it.
        size_ratio, latency_ratio: to the model as trained; the latency by turns, so that noise cancels.
    """

    name: str
    path: Path
    bytes: int
    latency_ms: Mapping[str, float]
    values: Mapping[str, float]
    slices: Mapping[str, float]
    spec: Mapping[str, Any]
    size_ratio: float = 1.0
    latency_ratio: float = 1.0
