"""What a condition can come to while every name stays within its range: interval arithmetic (Moore, 1966).

    iou_mean >= 80 with iou_mean from 0 to 1 never holds; iou_mean >= 0 always does

Each name is taken by itself, so the result may be wider than what can really happen, and never narrower: a
verdict is certain, no verdict says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product

from stagewright.expression import ARITHMETIC, COMPARE, Expression, Node

Range = tuple[float, float]
ANY: Range = (-math.inf, math.inf)
_FALLS = {"<": ">", "<=": ">="}  # a < b is b > a


def verdict(condition: Expression, ranges: Mapping[str, Range]) -> bool | None:
    """True where a condition always holds, False where it never does, None where that depends."""
    return _truth(condition.root, ranges)


def decided(condition: Expression, ranges: Mapping[str, Range]) -> tuple[bool, str] | None:
    """Whether a condition always or never holds, and why in words; None where that depends."""
    found = verdict(condition, ranges)
    if found is None:
        return None
    known = {name: ranges[name] for name in sorted(condition.names & ranges.keys())}
    limits = ", ".join(_told(name, *known[name]) for name in known)
    share = "; write a share as a number: 0.8 for 80 %" if (0, 1) in known.values() else ""
    word = "holds for every model" if found else "can never hold"
    return found, f"{word}: {limits}{'' if found else share}"


def _told(name: str, low: float, high: float) -> str:
    if math.isinf(low) or math.isinf(high):
        return f"{name} is at most {high:g}" if math.isinf(low) else f"{name} is at least {low:g}"
    return f"{name} is from {low:g} to {high:g}"


def _truth(node: Node, ranges: Mapping[str, Range]) -> bool | None:
    if node.op == "not":
        inner = _truth(node.parts[0], ranges)
        return None if inner is None else not inner
    if node.op in ("and", "or"):
        found = [_truth(part, ranges) for part in node.parts]
        decides = node.op == "or"
        return decides if decides in found else None if None in found else not decides
    if node.op in COMPARE:
        left, right = (_range(part, ranges) for part in node.parts)
        return _compared(node.op, left, right)
    low, high = _range(node, ranges)  # a number: true but for zero
    return None if low <= 0 <= high and low < high else bool(low)


def _compared(op: str, left: Range, right: Range) -> bool | None:
    if op in _FALLS:
        op, left, right = _FALLS[op], right, left
    if op in ("==", "!="):
        apart = left[1] < right[0] or right[1] < left[0]
        same = left[0] == left[1] == right[0] == right[1]
        return (op == "!=") if apart else (op == "==") if same else None
    if COMPARE[op](left[0], right[1]):
        return True
    return None if COMPARE[op](left[1], right[0]) else False


def _range(node: Node, ranges: Mapping[str, Range]) -> Range:
    if node.op == "number":
        return float(node.value), float(node.value)
    if node.op == "name":
        return ranges.get(str(node.value), ANY)
    parts = [_range(part, ranges) for part in node.parts]
    if node.op == "negative":
        return -parts[0][1], -parts[0][0]
    if node.op in ("+", "-", "*") or (node.op == "/" and not parts[1][0] <= 0 <= parts[1][1]):
        return _ends(node.op, *parts)
    if node.op == "call" and node.value in ("min", "max") and len(parts) > 1:
        chosen = min if node.value == "min" else max
        return chosen(low for low, _ in parts), chosen(high for _, high in parts)
    return ANY  # powers, roots, logarithms: nothing is claimed


def _ends(op: str, left: Range, right: Range) -> Range:
    """The arithmetic of every pair of ends; ends without a bound may have no product."""
    found = [ARITHMETIC[op](a, b) for a, b in product(left, right)]
    return ANY if any(map(math.isnan, found)) else (min(found), max(found))
