"""Conditions of a recipe as PromQL over the series that a look at live traffic leaves in `metrics.prom`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from stagewright.expression import Expression, Node

PREFIX = "stagewright_monitor_"
_OPERATORS = {"**": "^"}
_FUNCTIONS = {"abs": "abs", "sqrt": "sqrt", "log": "ln", "exp": "exp", "round": "round"}


class Unmapped(ValueError):
    """PromQL has no words for it; the message says for what."""


def series(name: str) -> str:
    """Metric name of a value of windows: `latency_p99` is `stagewright_monitor_latency_p99`."""
    return PREFIX + re.sub(r"[^A-Za-z0-9_]", "_", name)


def exposition(model: str, values: Mapping[str, float]) -> str:
    """Values of a window in Prometheus's text format."""
    lines = []
    for name, value in sorted(values.items()):
        lines.append(f"# TYPE {series(name)} gauge")
        lines.append(f'{series(name)}{{model="{model}"}} {float(value)!r}')
    return "\n".join([*lines, ""])


def promql(expression: Expression, model: str) -> str:
    """A condition as PromQL.

    Raises:
        Unmapped: it uses `not`, `min`, `max`, text, or compares numbers only.
    """
    return _written(expression.root, model)


def template(words: str, names: Iterable[str], model: str) -> str:
    """An annotation: `{name}` becomes a query of that value, as Prometheus's templates know it."""
    for name in names:
        query = f"{series(name)}{{model='{model}'}}"
        words = words.replace(
            f"{{{name}}}",
            f'{{{{ with query "{query}" }}}}{{{{ . | first | value | humanize }}}}{{{{ end }}}}',
        )
    return words


def _written(node: Node, model: str) -> str:
    if node.op == "name":
        return f'{series(str(node.value))}{{model="{model}"}}'
    if node.op == "text":
        raise Unmapped(f"it compares with the text {node.value!r}")
    if node.op == "number":
        if isinstance(node.value, bool):
            raise Unmapped("it uses true or false as a number")
        return f"{node.value:g}"
    if node.op == "not":
        raise Unmapped("it uses `not`")
    parts = [_written(part, model) for part in node.parts]
    if node.op == "negative":
        return f"-({parts[0]})"
    if node.op == "call":
        return _call(str(node.value), parts)
    if node.op in ("<", "<=", ">", ">=", "==", "!=") and not any(map(_reads, node.parts)):
        raise Unmapped("it compares two numbers that never change")
    left, right = (_grouped(part, text) for part, text in zip(node.parts, parts, strict=True))
    return f"{left} {_OPERATORS.get(node.op, node.op)} {right}"


def _call(name: str, parts: list[str]) -> str:
    if name not in _FUNCTIONS:
        raise Unmapped(f"it uses `{name}()`")
    return f"{_FUNCTIONS[name]}({', '.join(parts)})"


def _grouped(part: Node, text: str) -> str:
    return text if part.op in ("name", "number", "call") else f"({text})"


def _reads(node: Node) -> bool:
    return node.op == "name" or any(map(_reads, node.parts))
