"""Conditions and estimates held against the metrics that a recipe lists."""

from __future__ import annotations

from collections.abc import Iterator

from stagewright.expression import Expression, ExpressionError, parse
from stagewright.nearest import suggestion
from stagewright.wording import shown


def condition_problems(text: str, names: list[str], condition: bool = True) -> Iterator[str]:
    """What is wrong with an expression over known names, all of them numbers."""
    said = shown(text)
    try:
        expression = parse(text)
    except ExpressionError as error:
        yield f"{said}: {error}"
        return
    unknown = sorted(expression.names - set(names))
    for name in unknown:
        yield f"{said} uses {name!r}, which no listed metric gives, {suggestion(name, names, 'metric')}"
    if condition and not expression.is_condition:
        yield f"{said} is a number, not a condition: compare it with something"
    if not condition and expression.is_condition:
        yield f"{said} is a condition; a number is needed here"
    if expression.texts:
        yield f"{said} holds the text {min(expression.texts)!r}; metrics are numbers"
    elif not expression.names:
        yield f"{said} reads no metric, so it says the same of every model; name one"
    elif not unknown and (impossible := _impossible(expression)):
        yield f"{said} {impossible}, whatever the metrics are"


def _impossible(expression: Expression) -> str:
    """Why an expression has no value, if it has none for metrics of any size and order."""
    names = sorted(expression.names)
    why = ""
    for size in (0.3, 7.0, 1e3, -0.3):
        for order in (names, names[::-1]):
            try:
                expression.evaluate({name: size * (1 + i) for i, name in enumerate(order)})
            except ExpressionError as error:
                why = str(error)
            else:
                return ""
    return why
