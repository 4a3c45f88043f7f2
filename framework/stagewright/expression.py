"""The small condition language of recipes: arithmetic and comparisons over declared names.

    iou_mean >= 0.65 and boundary_f1.grey > 0.5
    4.0 * (1 - iou_mean) + 0.4

Parsed here, by a Pratt parser (Pratt, 1973), and never handed to Python's own evaluation: an expression can
read the names it is given and nothing else. Length and depth are bounded.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import cached_property

from stagewright.frozen import frozen

Value = float | bool | str

MAX_LENGTH = 1000
MAX_DEPTH = 50
MAX_WORDS = 300  # a long sum is as deep as it has terms

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*(?:\.\w+)*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<operator>\*\*|<=|>=|==|!=|[-+*/<>(),]))",
    re.ASCII,
)
COMPARE: dict[str, Callable[[Value, Value], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "round": round,
}
_BINDS = {"or": 1, "and": 2} | dict.fromkeys(COMPARE, 4) | {"+": 5, "-": 5, "*": 6, "/": 6, "**": 8}
# Signs of other languages, and what is written here.
_MEANT = {
    "=": ", comparisons are < <= > >= == !=",
    "%": ", write a share as a number: 0.8 for 80 %",
    "&": ", write `and`",
    "|": ", write `or`",
    "!": ", write `not`",
}
_NOT_BINDS, _MINUS_BINDS = 3, 7


class ExpressionError(ValueError):
    """An expression that cannot be read, or not be evaluated; `column` counts from 1."""

    def __init__(self, message: str, column: int = 0) -> None:
        self.column = column
        super().__init__(f"{message} (column {column})" if column else message)


@frozen
class Node:
    """One operation: `op` over `parts`, or a leaf (`name`, `number`, `text`) holding `value`."""

    op: str
    parts: tuple[Node, ...] = ()
    value: Value = 0.0
    column: int = 0


@frozen
class Expression:
    """A parsed expression."""

    text: str
    root: Node

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name it reads."""
        return frozenset(str(node.value) for node in _walk(self.root) if node.op == "name")

    @cached_property
    def texts(self) -> frozenset[str]:
        """Every quoted text in it."""
        return frozenset(str(node.value) for node in _walk(self.root) if node.op == "text")

    @property
    def is_condition(self) -> bool:
        """Whether its value is true or false rather than a number."""
        return self.root.op in COMPARE or self.root.op in ("and", "or", "not")

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """Its value; raises ExpressionError for a missing name or value, a wrong type, impossible arithmetic."""
        return _evaluate(self.root, values)

    def margin(self, values: Mapping[str, Value]) -> tuple[float, str, float] | None:
        """(left, operator, right) of a comparison of two numbers, to say by how much it holds or misses."""
        if self.root.op not in COMPARE:
            return None
        left, right = (_evaluate(part, values) for part in self.root.parts)
        if isinstance(left, str) or isinstance(right, str):
            return None
        return float(left), self.root.op, float(right)


def parse(text: str) -> Expression:
    """Read an expression; raises ExpressionError with the column of the first mistake."""
    if not isinstance(text, str):
        raise ExpressionError(f"an expression is text, got {text!r}")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")
    return Expression(text, _Parser(text).whole())


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self.expression(0)
        kind, word, column = self.tokens[self.at]
        if kind != "end":
            raise ExpressionError(f"unexpected {word!r}", column)
        return node

    def expression(self, binds: int) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH}", self.tokens[self.at][2])
        left = self.prefix()
        while (power := self.power()) > binds:
            _, word, column = self.next()
            if word in COMPARE and left.op in COMPARE:
                raise ExpressionError("comparisons do not chain; join them with `and`", column)
            right = self.expression(power - 1 if word == "**" else power)
            left = Node(word, (left, right), column=column)
        self.depth -= 1
        return left

    def power(self) -> int:
        kind, word, _ = self.tokens[self.at]
        return _BINDS.get(word, 0) if kind in ("operator", "name") else 0

    def prefix(self) -> Node:
        kind, word, column = self.next()
        if kind == "number":
            return Node("number", value=float(word), column=column)
        if kind == "text":
            return Node("text", value=word[1:-1], column=column)
        if word == "-":
            return Node("negative", (self.expression(_MINUS_BINDS),), column=column)
        if word == "+":
            return self.expression(_MINUS_BINDS)
        if word == "(":
            node = self.expression(0)
            self.expect(")")
            return node
        if kind == "name" and word == "not":
            return Node("not", (self.expression(_NOT_BINDS),), column=column)
        if kind == "name" and word in ("true", "false", "True", "False"):
            return Node("number", value=word.lower() == "true", column=column)
        if kind == "name" and self.tokens[self.at][1] == "(":
            return self.call(word, column)
        if kind == "name" and word not in _BINDS:
            return Node("name", value=word, column=column)
        raise ExpressionError("ends too early" if kind == "end" else f"unexpected {word!r}", column)

    def call(self, name: str, column: int) -> Node:
        if name not in _FUNCTIONS:
            raise ExpressionError(f"no function {name!r}; known: {', '.join(sorted(_FUNCTIONS))}", column)
        self.expect("(")
        parts = [self.expression(0)]
        while self.tokens[self.at][1] == ",":
            self.next()
            parts.append(self.expression(0))
        self.expect(")")
        return Node("call", tuple(parts), value=name, column=column)

    def expect(self, word: str) -> None:
        _, found, column = self.next()
        if found != word:
            raise ExpressionError(f"expected {word!r}" + (f", found {found!r}" if found else ""), column)

    def next(self) -> tuple[str, str, int]:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match or match.lastgroup is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            wrong = text[column - 1]
            raise ExpressionError(f"unexpected {wrong!r}{_MEANT.get(wrong, '')}", column)
        tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        at = match.end()
        if len(tokens) > MAX_WORDS:
            raise ExpressionError(f"has more than {MAX_WORDS} words and signs")
    return [*tokens, ("end", "", len(text) + 1)]


def _walk(node: Node) -> list[Node]:
    return [node, *(inner for part in node.parts for inner in _walk(part))]


def _evaluate(node: Node, values: Mapping[str, Value]) -> Value:
    if node.op in ("number", "text"):
        return node.value
    if node.op == "name":
        return _lookup(node, values)
    if node.op in ("and", "or"):
        left = bool(_evaluate(node.parts[0], values))
        decided = left == (node.op == "or")
        return left if decided else bool(_evaluate(node.parts[1], values))
    if node.op == "not":
        return not _evaluate(node.parts[0], values)
    return _apply(node, [_evaluate(part, values) for part in node.parts])


def _lookup(node: Node, values: Mapping[str, Value]) -> Value:
    name = str(node.value)
    if name not in values or values[name] is None:
        from stagewright.nearest import suggestion

        raise ExpressionError(f"{name!r} has no value, {suggestion(name, values, 'value')}", node.column)
    value = values[name]
    if isinstance(value, float) and math.isnan(value):  # `loss > 1` would be false, so `not loss > 1` hold
        raise ExpressionError(f"{name!r} is not a number", node.column)
    return value


def _apply(node: Node, parts: list[Value]) -> Value:
    try:
        if node.op in COMPARE:
            return COMPARE[node.op](parts[0], parts[1])
        numbers = [_number(part, node) for part in parts]
        if node.op == "negative":
            return -numbers[0]
        if node.op == "call":
            return float(_FUNCTIONS[str(node.value)](*numbers))
        result = ARITHMETIC[node.op](numbers[0], numbers[1])
    except (ArithmeticError, ValueError, TypeError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(f"cannot be computed: {error}", node.column) from error
    if isinstance(result, complex):
        raise ExpressionError("cannot be computed: a root of a negative number", node.column)
    return result


def _number(value: Value, node: Node) -> float:
    if isinstance(value, str):
        raise ExpressionError(f"{value!r} is text, a number is needed", node.column)
    return float(value)
