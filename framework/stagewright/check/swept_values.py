"""The values of swept keys held against the schema: each choice and both ends, laid over the recipe and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagewright.check.swept_conditions import Space, contexts, name_of, stands_below, values_of
from stagewright.errors import Problem, RecipeError
from stagewright.keypath import dotted
from stagewright.stages.sweep import Choice, Interval, Parameter
from stagewright.sweep.origin import Origin
from stagewright.sweep.space import laid
from stagewright.sweep.sweep_plan import SECTION
from stagewright.wording import shown

Check = Callable[[Mapping[str, Any]], list[Problem]]
Marks = set[tuple[Any, str]]  # where, and what is wrong there


@dataclass
class Variants:
    """The recipe with settings laid over it, each choice of config groups composed once.

    Attributes:
        base: the recipe without its sweep.
        groups: the swept keys that choose files of a config group.
    """

    base: Mapping[str, Any]
    groups: frozenset[str]
    origin: Origin | None
    composed: dict[tuple[tuple[str, str], ...], Mapping[str, Any]] = field(default_factory=dict)

    def config(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The recipe under some settings; raises LookupError or RecipeError where they do not fit."""
        choices = tuple(sorted((key, str(settings[key])) for key in settings if key in self.groups))
        if choices and choices not in self.composed and self.origin:
            self.composed[choices] = self.origin.composed(dict(choices))
        base = self.composed.get(choices, self.base)
        values = {key: value for key, value in settings.items() if key not in self.groups}
        return laid({key: value for key, value in base.items() if key != SECTION}, values)


def probed(item: Parameter, space: Space, variants: Variants, check: Check, known: Marks) -> Iterator[str]:
    """What is wrong with the values of a parameter, each thing once; `known` is wrong with the recipe anyway."""
    said = set()
    for context in contexts(item, space):
        before = _before(context, variants, check) if context else known
        for value in values_of(item):
            for message in _told(item, context, value, space, variants, check, before):
                if message not in said:
                    said.add(message)
                    yield message


def _told(
    item: Parameter,
    context: Mapping[str, Any],
    value: Any,
    space: Space,
    variants: Variants,
    check: Check,
    before: Marks,
) -> Iterator[str]:
    try:
        config = variants.config({**context, item.key: value})
    except (LookupError, RecipeError) as error:
        yield str(error).strip("'\"")
        return
    for each in check(config):
        if (each.path, each.message) in before:
            continue
        under = f"with {_listed(context)}: " if context else ""
        where = "" if dotted(each.path) == item.key else f"{each.key}: "
        wrong = _whole(item.domain, each.message) or each.message
        if where and shown(value) not in wrong and isinstance(item.domain, Choice):
            where = f"{shown(value)}: {where}"
        yield f"{under}{where}{wrong}{_advice(item, context, space)}"


def _whole(domain: Choice | Interval, message: str) -> str:
    """What to write where an interval gives fractions to a setting that counts."""
    if isinstance(domain, Choice) or domain.whole or "valid integer" not in message:
        return ""
    inner = f"interval({domain.low:g}, {domain.high:g})"
    inner = f"tag(log, {inner})" if domain.log else inner
    return f"takes whole numbers: write int({inner}), or a range"


def _before(context: Mapping[str, Any], variants: Variants, check: Check) -> Marks:
    """What is wrong under settings of the keys above already: it is said at theirs."""
    try:
        return marks(check(variants.config(context)))
    except (LookupError, RecipeError):
        return set()


def marks(problems: Iterable[Problem]) -> Marks:
    """Problems to tell new ones from."""
    return {(each.path, each.message) for each in problems}


def _advice(item: Parameter, context: Mapping[str, Any], space: Mapping[str, Parameter]) -> str:
    """A setting of one plugin, swept where another is chosen too."""
    above = next((key for key in context if stands_below(item.key, key)), None)
    if above is None or item.when:
        return ""
    domain = space[above].domain
    several = isinstance(domain, Choice) and len(domain.values) > 1
    name = above.replace("/", ".")
    return f"; say where it applies: {{of: ..., when: {name} == NAME}}" if several else ""


def _listed(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={name_of(value)}" for key, value in settings.items())
