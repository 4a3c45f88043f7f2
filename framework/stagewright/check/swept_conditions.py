"""The conditions of swept keys: whether a `when` is right, and under which settings of others a key is searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from stagewright.expression import Expression, ExpressionError, Node, parse
from stagewright.keypath import NOTHING, KeyPath, keys_of, value_at
from stagewright.nearest import suggestion
from stagewright.stages.sweep import Choice, Parameter
from stagewright.wording import shown

Space = Mapping[str, Parameter]  # by key
MOST_PROBES = 200  # of one key under every choice above it


def wrong(item: Parameter, space: Space) -> str:
    """What is wrong with the condition of a parameter; empty where nothing is."""
    if not item.when:
        return ""
    said = f"{shown(item.when)}"
    try:
        expression = parse(item.when)
    except ExpressionError as error:
        return f"{said}: {error}"
    for message in _wrong(expression, item.key.replace("/", "."), space):
        return f"{said} {message}"
    if not contexts(item, space, conditional=True):
        return f"{said} never holds, so the key is never searched"
    return ""


def contexts(item: Parameter, space: Space, conditional: bool = False) -> list[dict[str, Any]]:
    """Settings of the keys that this one depends on, under which it is searched."""
    above = _above(item, space, conditional)
    combinations = product(*([(True, value) for value in values_of(one)] + [(False, None)] for one in above))
    found = []
    for values in combinations:
        said = {one.key: value for one, (on, value) in zip(above, values, strict=True) if on}
        fits = all(one.holds(said) == (one.key in said) for one in above)
        if fits and item.holds(said):
            found.append(said)
        if len(found) >= MOST_PROBES:
            break
    return found


def values_of(item: Parameter) -> list[Any]:
    """What stands for all that a parameter may be: every choice, both ends."""
    domain = item.domain
    if isinstance(domain, Choice):
        return list(domain.values)
    ends = (domain.low, domain.high)
    return [int(end) for end in ends] if domain.whole else [float(end) for end in ends]


def stands_below(key: str, other: str) -> bool:
    """Whether a key is part of what another one sets, or of the plugin that one names by its `type`."""
    mine, its = keys_of(key), keys_of(other)
    its = its[:-1] if its[-1:] == ("type",) and its != mine else its
    return len(mine) > len(its) and mine[: len(its)] == its


def name_of(value: Any) -> str:
    """A value as a condition names it: a plugin by its type."""
    return str(value.get("type", "") if isinstance(value, Mapping) else value)


def spelled(value: Any) -> Any:
    """A plugin named in short as a mapping."""
    return {"type": value} if isinstance(value, str) else value


def said_at(value: Any, path: KeyPath) -> Any:
    """What a value says at a path inside of it, names of plugins as their `type`; NOTHING where it says nothing."""
    for key in path:
        value = value_at(spelled(value), (key,), NOTHING)
    return value


def _wrong(expression: Expression, own: str, space: Space) -> Iterator[str]:
    known = {key.replace("/", "."): key for key in space}
    if not expression.is_condition:
        yield "is no condition: compare a swept key with something"
    words = dict(_compared(expression.root, known))
    unknown = expression.names - known.keys() - words.keys()
    for name in sorted(unknown, key=lambda name: ("." not in name, name)):
        yield f"uses {name!r}, which is not swept, {suggestion(name, known, 'swept key')}"
    if not expression.names & known.keys():
        yield "reads no swept key"
    if own in expression.names:
        yield "reads its own key"
    if own in _read_by(expression.names & known.keys(), known, space):
        yield "goes in a circle"
    for word, key in words.items():
        domain = space[known[key]].domain
        names = [name_of(value) for value in domain.values] if isinstance(domain, Choice) else []
        if word not in names:
            yield f"compares {key!r} with {word!r}, {suggestion(word, names, 'value')}"


def _read_by(names: frozenset[str], known: Mapping[str, str], space: Space) -> set[str]:
    """Every key that the conditions of these keys read, and theirs, and so on."""
    found, waiting = set[str](), list(names)
    while waiting:
        when = space[known[waiting.pop()]].when
        new = _names(when) & known.keys() - found
        found |= new
        waiting += new
    return found


def _above(item: Parameter, space: Space, conditional: bool) -> list[Parameter]:
    """Swept keys that this one's condition reads or that it stands below, and what those depend on."""
    known = {key.replace("/", "."): key for key in space}
    found: dict[str, Parameter] = {}
    waiting = [item]
    while waiting:
        one = waiting.pop()
        names = [known[name] for name in _names(one.when) if name in known]
        below = [] if conditional else [key for key in space if stands_below(one.key, key)]
        for key in (*names, *below):
            if key not in found and key != item.key:
                found[key] = space[key]
                waiting.append(found[key])
    return list(found.values())


def _compared(node: Node, known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Words that a condition compares a key with: (word, key)."""
    if node.op in ("==", "!="):
        left, right = node.parts
        for key, word in ((left, right), (right, left)):
            is_key = key.op == "name" and str(key.value) in known
            is_word = word.op == "text" or (word.op == "name" and str(word.value) not in known)
            if is_key and is_word and (word.op == "text" or "." not in str(word.value)):
                yield str(word.value), str(key.value)
    for part in node.parts:
        yield from _compared(part, known)


def _names(when: str) -> set[str]:
    try:
        return set(parse(when).names) if when else set()
    except ExpressionError:
        return set()  # said where the condition is read
