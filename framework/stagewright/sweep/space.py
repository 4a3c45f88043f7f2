"""What a sweep may vary: Hydra's override grammar as typed domains, and settings laid over a recipe.

    train.optimizer.lr: tag(log, interval(1e-4, 1e-2))
    train.model: choice(unet, deeplab)
    train.model.width: {of: "range(8, 17, 4)", when: train.model == unet}

`shuffle` and `sort` are read over: a search has its own order.
"""

from __future__ import annotations

import fnmatch
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stagewright.errors import Problem
from stagewright.keypath import KeyPath, keys_of, problem
from stagewright.nearest import suggestion
from stagewright.recipe.overlay import overlaid
from stagewright.stages.sweep import Choice, Interval, Parameter, Swept
from stagewright.wording import shown

AT = ("sweep", "params")
TAGS = ("log",)
FUNCTIONS = (
    "choice", "range", "interval", "tag", "glob", "int", "float", "str", "bool", "json_str", "shuffle", "sort",
)  # fmt: skip
# What other libraries call them.
ELSEWHERE = {
    "uniform": "it is `interval(LOW, HIGH)`", "loguniform": "it is `tag(log, interval(LOW, HIGH))`",
    "log": "it is `tag(log, interval(LOW, HIGH))`", "randint": "it is `int(interval(LOW, HIGH))`",
    "categorical": "it is `choice(A, B)`", "quniform": "it is `range(START, STOP, STEP)`",
}  # fmt: skip
FORMS = "choice(a, b), range(8, 17, 4), interval(0, 1), tag(log, interval(1e-4, 1e-2)) or a list"
Options = Callable[[str], Sequence[str]]  # names in a config group


class SpaceError(ValueError):
    """A text that is no domain: what is wrong with it."""


def read(params: Mapping[str, Any], options: Options) -> tuple[tuple[Parameter, ...], list[Problem]]:
    """The parameters that `params` means, those first that others depend on, and what is wrong."""
    found, problems = [], []
    for key, value in params.items():
        text, when = (value.of, value.when) if isinstance(value, Swept) else (value, "")
        try:
            found.append(Parameter(key, domain(text, lambda key=key: options(key)), when))  # type: ignore[misc]
        except SpaceError as error:
            problems.append(problem((*AT, key), str(error)))
    return tuple(sorted(found, key=lambda item: (len(keys_of(item.key)), item.key))), problems


def domain(text: str | Sequence[Any], options: Callable[[], Sequence[str]] = tuple) -> Choice | Interval:
    """One domain from its text in Hydra's grammar, or from a list; `options` are what `glob` chooses from.

    Raises:
        SpaceError: it is not of the grammar, or there is nothing to search.
    """
    if not isinstance(text, str):
        return _choice(text)
    from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, RangeSweep

    value = _parsed(text)
    if isinstance(value, IntervalSweep):
        return _interval(value.start, value.end, None, value.tags)
    if isinstance(value, RangeSweep):
        return _range(value)
    if isinstance(value, Glob):
        return _choice(_globbed(value, options()))
    if isinstance(value, ChoiceSweep):
        if value.tags:
            raise SpaceError(f"{shown(text)}: a tag says something of numbers, not of choices")
        return _choice([_native(item) for item in value.list])
    raise SpaceError(f"{shown(text)} is one value, there is nothing to search; write {FORMS}")


def _parsed(text: str) -> Any:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(f"k={text}")._value
    except HydraException as error:
        raise SpaceError(f"{shown(text)} {_unreadable(text, str(error))}; write {FORMS}") from error


def _unreadable(text: str, error: str) -> str:
    """Why Hydra's grammar does not read a text, without the parser's own words where we have better ones."""
    for name in re.findall(r"(\w+)\s*\(", text):
        if name not in FUNCTIONS:
            meant = ELSEWHERE.get(name) or suggestion(name, FUNCTIONS, "function")
            return f"cannot be read: there is no {name!r}, {meant}"
    if "TypeError" in error:
        return "cannot be read: its arguments are of the wrong kind or number"
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    said = lines[0].removeprefix("Error parsing override").replace(f"'k={text}'", "").strip(" :")
    return f"cannot be read ({said or lines[-1]})"


def _native(item: Any) -> Any:
    """What the grammar parsed, as YAML would have given it."""
    from hydra.core.override_parser.types import Override

    return Override._convert_value(item)


def _choice(values: Sequence[Any]) -> Choice:
    texts = [json.dumps(value, sort_keys=True, default=str) for value in values]
    if not texts:
        raise SpaceError("there is nothing to choose from")
    if twice := next((text for i, text in enumerate(texts) if text in texts[:i]), None):
        raise SpaceError(f"{twice} is said twice")
    return Choice(tuple(values))


def _interval(start: Any, end: Any, step: float | None, tags: set[str]) -> Interval:
    for tag in sorted(tags - set(TAGS)):
        raise SpaceError(f"unknown tag {tag!r}, {suggestion(tag, TAGS, 'tag')}")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise SpaceError(f"from {start} to {end}: both ends must be finite")
    if start >= end:
        raise SpaceError(f"from {start} to {end} there is nothing between; the lower end comes first")
    if "log" in tags and start <= 0:
        raise SpaceError(f"a logarithmic scale starts above 0, not at {start}")
    if "log" in tags and step not in (None, 1):
        raise SpaceError(f"a logarithmic scale has no steps of {step}; write an interval")
    whole = isinstance(start, int) and isinstance(end, int) and isinstance(step, int | None)
    if not whole:  # the same search however its numbers are written
        start, end, step = float(start), float(end), None if step is None else float(step)
    return Interval(start, end, step, whole, "log" in tags)


def _range(value: Any) -> Choice | Interval:
    """Hydra's ranges leave out their stop: the last number they reach is the upper end."""
    start, stop, step = value.start, value.stop, value.step
    if not step:
        raise SpaceError("a range has a step other than 0")
    count = math.ceil((stop - start) / step - 1e-9)
    if count < 1:
        raise SpaceError(f"the range from {start} to {stop} by {step} is empty")
    last = start + (count - 1) * step
    if count == 1:
        return Choice((start,))
    return _interval(min(start, last), max(start, last), abs(step), value.tags)


def _globbed(value: Any, known: Sequence[str]) -> list[str]:
    def fits(name: str, patterns: Sequence[str]) -> bool:
        return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)

    found = [name for name in known if fits(name, value.include) and not fits(name, value.exclude)]
    if not found:
        said = ", ".join(value.include)
        have = f"its options: {', '.join(known)}" if known else "the key names no config group"
        raise SpaceError(f"glob({said}) finds nothing; {have}")
    return found


# ---- settings over a recipe -------------------------------------------------------------------------


def laid(config: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe with values set by dotted key; what is not on the way to one is shared, not copied.

    A name where a plugin stands chooses that plugin; its settings stay where it was chosen before. Raises
    LookupError with the reason where a key leads nowhere.
    """
    found: Any = config
    for key in sorted(settings, key=lambda key: len(keys_of(key))):
        found = _set(found, keys_of(key), settings[key], key)
    return dict(found)


def _set(node: Any, path: KeyPath, value: Any, key: str) -> Any:
    if not path:
        named = isinstance(node, Mapping) and "type" in node and isinstance(value, str)
        return overlaid(node, {"type": value} if named else value)
    first, *rest = path
    if isinstance(node, list | tuple):
        if not isinstance(first, int) or first >= len(node):
            raise LookupError(f"{key} names no entry of a list of {len(node)}")
        return [_set(item, tuple(rest), value, key) if i == first else item for i, item in enumerate(node)]
    if node is None:
        if isinstance(first, int):
            raise LookupError(
                f"{key} names an entry of a list that the recipe does not say; write the list there"
            )
        node = {}
    elif isinstance(node, str):
        node = {"type": node}  # a plugin named in short
    if not isinstance(node, Mapping):
        raise LookupError(f"{key} stands below {shown(node)}, which has no settings")
    return {**node, str(first): _set(node.get(str(first)), tuple(rest), value, key)}
