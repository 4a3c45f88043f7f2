"""How members' answers become one answer: weights, or a small model stacked on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
TINY = 1e-6  # what a probability is at least, before its logarithm is taken


@dataclass(frozen=True)
class Combination:
    """A weighted mean of probabilities, or, with `scale`, a logistic model over their logarithms.

    Attributes:
        weights: one per member, (M,), at least 0, summing to 1.
        scale: per member and class, (M, K), for stacking.
        bias: per class, (K,), for stacking.
    """

    weights: tuple[float, ...]
    scale: tuple[tuple[float, ...], ...] = ()
    bias: tuple[float, ...] = ()

    def __call__(self, answers: Floats) -> Floats:
        """Members' probabilities (M, N, K, ...) float → (N, K, ...) float32 probabilities."""
        if not self.scale:
            mean: Floats = np.tensordot(np.array(self.weights, np.float32), answers, axes=1)
            return mean
        logits = _over(self.bias, answers[0].ndim)
        for scale, answer in zip(self.scale, answers, strict=True):
            logits = logits + _over(scale, answer.ndim) * np.log(np.maximum(answer, TINY))
        raised = np.exp(logits - logits.max(1, keepdims=True))
        found: Floats = (raised / raised.sum(1, keepdims=True)).astype(np.float32)
        return found

    def settings(self) -> dict[str, Any]:
        """What the model `ensemble` is told."""
        if not self.scale:
            return {"weights": list(self.weights)}
        return {"stacking": {"scale": [list(row) for row in self.scale], "bias": list(self.bias)}}

    def of(self, members: Sequence[int]) -> Combination:
        """The same for these members only; the others must have no say."""
        scale = tuple(self.scale[i] for i in members) if self.scale else ()
        return Combination(tuple(self.weights[i] for i in members), scale, self.bias)

    @property
    def shares(self) -> tuple[float, ...]:
        """Each member's say; of a stacked model, its mean weight over the classes."""
        return tuple(sum(row) / len(row) for row in self.scale) if self.scale else self.weights

    @property
    def used(self) -> list[int]:
        """Members that have a say."""
        if self.scale:
            return list(range(len(self.weights)))
        return [i for i, weight in enumerate(self.weights) if weight > 0]


def _over(values: tuple[float, ...], dimensions: int) -> Floats:
    """(K,) so that it meets (N, K, ...)."""
    return np.array(values, np.float32).reshape(1, -1, *([1] * (dimensions - 2)))
