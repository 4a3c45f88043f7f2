"""Whether the package says what the model says, on real samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from stagewright.stages.deploy import Engine, Inputs
from stagewright.stages.train import Model
from stagewright.stages.verdict import Verdict

from ._modality import Modality

if TYPE_CHECKING:
    from .local import Parity

SPLIT = "validation"
# The same graph gives the same numbers; PyTorch's and onnxruntime's kernels add up in another order.
TOLERATED = {False: 1e-3, True: 1e-4}


class _Agreement:
    """Differences between two sets of probabilities and decisions, batch after batch."""

    def __init__(self) -> None:
        self.largest, self.total, self.same, self.probabilities, self.decisions = 0.0, 0.0, 0, 0, 0

    def add(self, numbers: np.ndarray, decision: np.ndarray, wanted: np.ndarray, decided: np.ndarray) -> None:
        """A batch: the package's numbers and decisions, and the model's."""
        difference = np.abs(numbers - wanted)
        self.largest = max(self.largest, float(difference.max()))
        self.total += float(difference.sum(dtype=np.float64))
        self.probabilities += difference.size
        self.same += int((decision == decided).sum())
        self.decisions += decision.size

    def to_json(self) -> dict[str, float]:
        return {
            "largest_difference": self.largest,
            "mean_difference": self.total / self.probabilities,
            "same_decisions": self.same / self.decisions,
        }


def compared(inputs: Inputs, modality: Modality, engine: Engine, settings: Parity) -> dict[str, Any]:
    """The package against the model it was made from, and against the one as trained where that is another.

    A quantised model is not asked to give what the trained one gives: how much quality it lost is for `compress` to
    judge. Here it must be itself.
    """
    models = {"model": inputs.model}
    if inputs.train.path != inputs.model.path:
        models["trained"] = inputs.train
    agreements = {name: _Agreement() for name in models}
    samples = 0
    for requests in modality.requests(SPLIT, settings.samples):
        found = engine(requests.raw, [modality.decision, modality.number])
        samples += len(requests.batch.ids)
        for name, model in models.items():
            wanted = modality.wanted(model, requests)
            agreements[name].add(found[modality.number], found[modality.decision], *wanted)
    about = {"split": SPLIT, "samples": samples, "format": inputs.model.format, "spec": _spec(inputs.model)}
    return about | {name: agreement.to_json() for name, agreement in agreements.items()}


def verdict(found: dict[str, Any], settings: Parity, number: str) -> Verdict:
    """The gate on the model that the package was made from; `number` names what was compared beside decisions."""
    largest, same = found["model"]["largest_difference"], found["model"]["same_decisions"]
    limit = TOLERATED[found["format"] == "onnx"] if settings.probability is None else settings.probability
    passed = largest <= limit and same >= settings.same
    asked = f"{number} within {limit:g}, decisions equal in {settings.same:.2%}"
    message = (
        f"largest difference {largest:.2g}, {same:.4%} equal, {found['samples']} {found['split']} samples"
    )
    return Verdict("parity", asked, passed, message, largest)


def _spec(model: Model) -> dict[str, Any]:
    return dict(model.spec)
