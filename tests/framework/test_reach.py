"""What a condition can come to within the ranges of its names."""

from __future__ import annotations

import random
from math import inf

import pytest

from stagewright.expression import ExpressionError, parse
from stagewright.reach import decided, verdict

RANGES = {"iou": (0.0, 1.0), "bleu": (0.0, 100.0), "loss": (0.0, inf), "gain": (-1.0, 1.0)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iou >= 80", False),
        ("iou >= 1", None),
        ("iou > 1", False),
        ("iou <= 1", True),
        ("iou < 0", False),
        ("0 <= iou", True),
        ("80 <= iou", False),
        ("bleu >= 80", None),
        ("loss >= 0", True),
        ("loss < 0", False),
        ("loss > 7", None),
        ("other >= 80", None),
        ("iou == 2", False),
        ("iou != 2", True),
        ("iou == 0.5", None),
        ("not iou >= 80", True),
        ("iou >= 0.5 and bleu > 200", False),
        ("iou >= 0.5 or bleu > 200", None),
        ("iou >= 0 or bleu > 7", True),
        ("iou + gain > 2", False),
        ("100 * iou >= 80", None),
        ("-iou > 0.5", False),
        ("iou - gain >= -1", True),
        ("1 / iou > 0.5", None),
        ("iou / (1 + bleu) > 1", False),
        ("other * iou > 3", None),
        ("min(iou, bleu) > 1", False),
        ("max(iou, 2) >= 2", True),
        ("sqrt(iou) > 5", None),
        ("iou ** 2 > 5", None),
    ],
)
def test_always_never_or_it_depends(text: str, expected: bool | None) -> None:
    assert verdict(parse(text), RANGES) is expected


def test_a_verdict_is_never_contradicted_by_a_value() -> None:
    """Random conditions, decided ones held against random values inside the ranges and at their ends."""
    source, decisive = random.Random(5), 0
    names = ["iou", "bleu", "gain"]

    def number(depth: int) -> str:
        if depth == 0 or source.random() < 0.3:
            return source.choice([*names, f"{source.uniform(0, 3):.2f}"])
        sign = source.choice("+-*/")
        return f"({number(depth - 1)} {sign} {number(depth - 1)})"

    def condition(depth: int) -> str:
        if depth and source.random() < 0.4:
            joined = source.choice(["and", "or"])
            return f"({condition(depth - 1)} {joined} not {condition(depth - 1)})"
        return f"({number(2)} {source.choice(['<', '<=', '>', '>=', '==', '!='])} {number(2)})"

    for _ in range(2000):
        expression = parse(condition(2))
        found = verdict(expression, RANGES)
        decisive += found is not None
        for _ in range(20 if found is not None else 0):
            drawn = {name: source.choice([*RANGES[name], source.uniform(*RANGES[name])]) for name in names}
            try:
                assert expression.evaluate(drawn) == found, expression.text
            except ExpressionError:
                continue  # divided by zero: no value at all
    assert decisive > 50


def test_why_is_told_in_words() -> None:
    always, why = decided(parse("iou >= 80"), RANGES) or (True, "")
    assert not always
    assert why == "can never hold: iou is from 0 to 1; write a share as a number: 0.8 for 80 %"
    assert decided(parse("loss >= 0"), RANGES) == (True, "holds for every model: loss is at least 0")
