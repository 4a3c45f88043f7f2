"""Ways to combine members, each fitted on the validation answers it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .combination import TINY, Combination, Floats

Score = Callable[[Floats, NDArray[np.intp]], float]  # (answers (N, K, ...), rows (N,)) → higher is better


@dataclass(frozen=True)
class Given:
    """What a method learns from.

    Attributes:
        answers: members' probabilities on samples that no member was trained on, (M, N, K, ...).
        targets: class indices, (N, ...).
        rows: which samples of the split these are, (N,).
        worth: each member's own leading metric on them, higher is better, (M,).
        score: the leading metric of any answers to these rows, higher is better.
        ignore: class index that no target means; None if every pixel counts.
    """

    answers: Floats
    targets: NDArray[np.int64]
    rows: NDArray[np.intp]
    worth: tuple[float, ...]
    score: Score
    ignore: int | None = None
    seed: int = 0


def average(given: Given) -> Combination:
    """Every member has the same say."""
    count = len(given.answers)
    return Combination((1 / count,) * count)


def weighted(given: Given) -> Combination:
    """Each member's say is in proportion to its leading metric on validation (performance weighting, Rokach, 2010,
    doi:10.1007/s10462-009-9124-7); for a metric that is made small, to its inverse.
    """
    worth = np.array(given.worth, float)
    worth = 1 / np.maximum(-worth, TINY) if (worth < 0).all() else np.maximum(worth, 0)
    if not worth.sum():
        return average(given)
    return Combination(tuple(map(float, worth / worth.sum())))


def greedy(given: Given, rounds: int = 20) -> Combination:
    """Add, with replacement, the member that helps most, round after round; keep the best round (Caruana et al.,
    2004, doi:10.1145/1015330.1015432). It starts from the best member.
    """
    counts = np.zeros(len(given.answers), int)
    best, kept = -np.inf, counts
    total = np.zeros_like(given.answers[0], dtype=np.float32)
    for size in range(1, rounds + 1):
        values = [given.score((total + answer) / size, given.rows) for answer in given.answers]
        chosen = int(np.argmax(values))
        counts = counts + (np.arange(len(counts)) == chosen)
        total = total + given.answers[chosen]
        if values[chosen] > best:
            best, kept = values[chosen], counts
    return Combination(tuple(float(count / kept.sum()) for count in kept))


PIXELS = 200_000  # drawn to fit the stacked model on
PULL = 1e-2  # of the stacked model's weights towards the plain mean of logarithms


def stacking(given: Given) -> Combination:
    """A logistic model over members' log-probabilities, one weight per member and class (Wolpert, 1992,
    doi:10.1016/S0893-6080(05)80023-1), drawn towards their mean, fitted by L-BFGS.
    """
    import torch

    members, classes = len(given.answers), given.answers.shape[2]
    flat = np.moveaxis(given.answers, 2, -1).reshape(members, -1, classes)
    targets = given.targets.reshape(-1)
    known = np.arange(len(targets)) if given.ignore is None else np.flatnonzero(targets != given.ignore)
    random = np.random.default_rng([given.seed, len(targets)])
    drawn = known if len(known) <= PIXELS else np.sort(random.choice(known, PIXELS, replace=False))
    logs = torch.from_numpy(np.log(np.maximum(flat[:, drawn].astype(np.float64), TINY)))
    true = torch.from_numpy(targets[drawn].astype(np.int64))
    scale = torch.full((members, 1, classes), 1 / members, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([scale, bias], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy((scale * logs).sum(0) + bias, true)
        loss = loss + PULL * ((scale - 1 / members) ** 2).sum() + PULL * (bias**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    found = tuple(tuple(map(float, row)) for row in scale.detach()[:, 0].tolist())
    return Combination((1 / members,) * members, found, tuple(map(float, bias.detach().tolist())))


METHODS: dict[str, Callable[[Given], Combination]] = {
    "average": average,
    "weighted": weighted,
    "greedy": greedy,
    "stacking": stacking,
}
# These are fitted to the targets, so what they reach on what they were fitted to says nothing.
FITTED = ("greedy", "stacking")
