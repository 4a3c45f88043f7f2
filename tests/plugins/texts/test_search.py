"""Search over a toy network whose best translation is known by trying all of them."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from stagewright_plugins.texts.feeding import Numbers, padded
from stagewright_plugins.texts.numbers import BEGIN, END
from stagewright_plugins.texts.search import Floats, searched

SIZE = 19  # five special ones, ten marks, and four that can be said
FIRST = 15


class Toy:
    """Log-probabilities that depend on the source and on the last number only; notes what it was asked."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        raw = random.normal(0, 2, (2, SIZE, SIZE))
        raw[:, :, END] += 1.0
        self.table = raw - np.log(np.exp(raw).sum(-1, keepdims=True))

    def start(self, source: Numbers, times: int) -> None:
        self.kind = np.repeat(source[:, 0] % 2, times)

    def step(self, tokens: Numbers) -> Floats:
        return self.table[self.kind, tokens].astype(np.float32)

    def pick(self, rows: Numbers) -> None:
        assert np.array_equal(self.kind, self.kind[rows]), "rows stay with their source"

    def score(self, kind: int, said: list[int]) -> float:
        path = [BEGIN, *said, END]
        total = sum(self.table[kind, a, b] for a, b in pairwise(path))
        return float(total / (len(said) + 1))


def best(toy: Toy, kind: int, most: int) -> float:
    said = (list(one) for n in range(most) for one in product(range(FIRST, SIZE), repeat=n))
    return max(toy.score(kind, one) for one in said)


@pytest.mark.parametrize("seed", range(6))
def test_a_wide_beam_finds_the_best(seed: int) -> None:
    toy = Toy(seed)
    found = searched(toy, padded([[16], [17]]), beam=64)
    for kind, one in zip((0, 1), found, strict=True):
        assert toy.score(kind, one.numbers) == pytest.approx(
            max(best(toy, kind, 6), toy.score(kind, one.numbers))
        )
        assert set(one.numbers) <= set(range(FIRST, SIZE))


@pytest.mark.parametrize("seed", range(4))
def test_a_beam_of_one_is_greedy(seed: int) -> None:
    toy = Toy(seed)
    (found,) = searched(toy, padded([[16]]), beam=1)
    said, last = [], BEGIN
    while len(said) < 9:
        last = max((END, *range(FIRST, SIZE)), key=lambda number: toy.table[0, last, number])
        if last == END:
            break
        said.append(last)
    assert found.numbers == said


def test_what_others_are_in_the_batch_changes_nothing() -> None:
    alone = searched(Toy(3), padded([[16, 16]]), beam=3)[0]
    among = searched(Toy(3), padded([[17, 17, 17, 17, 17, 17], [16, 16]]), beam=3)[1]
    assert alone == among


def test_it_ends_where_the_network_never_would() -> None:
    toy = Toy(0)
    toy.table[:, :, END] = -60.0
    (found,) = searched(toy, padded([[16, 16]]), beam=2)
    assert len(found.numbers) == 2 * 2 + 8 - 1


@pytest.mark.parametrize("beam", [1, 4])
def test_placeholders_are_said_as_often_as_the_source_has_them(beam: int) -> None:
    source = [[16, 5, 16, 6, 5], [17, 3, 5, 5]]  # the second has marks only in what is read along
    first, second = searched(Toy(1), padded(source), beam=beam)
    assert [first.numbers.count(5), first.numbers.count(6)] == [2, 1]
    assert not set(second.numbers) & set(range(5, FIRST))
    assert not set(first.numbers) & set(range(7, FIRST))
