"""Every swept key held against the schema: each choice and both ends of each interval, laid over the recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from stagewright import lifecycle
from stagewright.contract import Component
from stagewright.errors import Problem, RecipeError
from stagewright.expression import Expression, ExpressionError, Node, parse
from stagewright.keypath import dotted, problem
from stagewright.nearest import suggestion
from stagewright.origin import Origin
from stagewright.space import AT, keys, laid, read
from stagewright.stages.sweep import Choice, Parameter
from stagewright.sweep_plan import SECTION, SweepPlan, owner, upstream
from stagewright.wording import shown

Check = Callable[[Mapping[str, Any]], list[Problem]]
MOST_PROBES = 200  # of one key under every choice above it
FIXED = ("name", "description", "tracking", "sweep", "hydra")


def searched(
    config: Mapping[str, Any],
    component: Component[Any, Any],
    present: frozenset[str],
    origin: Origin | None,
    check: Check,
) -> tuple[SweepPlan | None, list[Problem]]:
    """What the bound `sweep` section searches, and everything wrong with it.

    `present` are the sections that the recipe has; `check` gives the errors of a recipe without a sweep.
    """
    base = {key: value for key, value in config.items() if key != SECTION}
    return _Held(base, component, present, origin, check).searched()


@dataclass
class _Held:
    base: Mapping[str, Any]
    component: Component[Any, Any]
    present: frozenset[str]
    origin: Origin | None
    check: Check
    problems: list[Problem] = field(default_factory=list)
    composed: dict[tuple[tuple[str, str], ...], Mapping[str, Any]] = field(default_factory=dict)

    def searched(self) -> tuple[SweepPlan | None, list[Problem]]:
        params = self.component.settings.get("params") or {}
        measure = str(self.component.settings.get("measure", "train"))
        if not params:
            self.problems.append(
                problem(AT, "nothing to search: name the settings to vary, and what they may be")
            )
        if measure not in self.present:
            said = f"the recipe has no section {measure!r} to measure"
            self.problems.append(problem((SECTION, "measure"), said))
        options = self.origin.options if self.origin else lambda _: []
        space, problems = read(params, options)
        self.problems += problems
        if not space or self.problems:
            return None, self.problems
        self.space = {item.key: item for item in space}
        self.groups = frozenset(key for key in self.space if self._is_group(key))
        needed = upstream(measure, self.present)
        swept = frozenset(name for item in space for name in self._sections(item, measure, needed))
        for item in space:
            self._condition(item)
        if not self.problems:
            known = {(item.path, item.message) for item in self.check(self.base)}
            for item in space:
                self._probe(item, known)
        return SweepPlan(space, self.groups, measure, swept, needed, self.origin), self.problems

    # ---- where a key belongs --------------------------------------------------------------------

    def _is_group(self, key: str) -> bool:
        known = "/" in key or ("." not in key and self.origin and self.origin.options(key))
        domain = self.space[key].domain
        named = isinstance(domain, Choice) and all(isinstance(value, str) for value in domain.values)
        return bool(known) and named

    def _sections(self, item: Parameter, measure: str, needed: frozenset[str]) -> frozenset[str]:
        """The sections that a parameter changes; notes why it is none that is measured."""
        if item.key == "seed":
            seeded = {section.name for section in lifecycle.STEPS if not section.declarative}
            return needed & seeded
        first = str(keys(item.key)[0]) if keys(item.key) else ""
        if first in FIXED:
            self._add(item, f"{first!r} cannot be swept: nothing that is measured depends on it")
            return frozenset()
        if "/" in item.key or item.key in self.groups:
            return self._of_group(item) & needed
        section = owner(item.key)
        if section and section in self.present and section not in needed:
            said = f"has no part in what is measured: a trial ends with `{measure}`"
            later = section in upstream("compress", self.present) | {"compress"}
            self._add(item, said + ("; write measure: compress" if later and measure == "train" else ""))
        return frozenset({section} if section else ()) & needed

    def _of_group(self, item: Parameter) -> frozenset[str]:
        if self.origin is None:
            self._add(item, "config groups are swept from a recipe's file only")
            return frozenset()
        if not self.origin.options(item.key):
            self._add(item, f"there is no config group {item.key!r}; a setting is written with dots")
            return frozenset()
        first = self._config({})
        found: set[str] = set()
        for value in self._values(item):
            try:
                other = self._config({item.key: value})
            except RecipeError as error:
                self._add(item, f"with {value}: " + "; ".join(each.message for each in error.problems[:1]))
                continue
            found |= {
                section.name
                for section in lifecycle.STEPS
                if _at(first, section.at) != _at(other, section.at)
            }
        return frozenset(found)

    # ---- conditions -----------------------------------------------------------------------------

    def _condition(self, item: Parameter) -> None:
        if not item.when:
            return
        said = f"{shown(item.when)}"
        try:
            expression = parse(item.when)
        except ExpressionError as error:
            self._add(item, f"{said}: {error}", "when")
            return
        own = item.key.replace("/", ".")
        for message in self._wrong(expression, own):
            self._add(item, f"{said} {message}", "when")
            return
        if not self._contexts(item, conditional=True):
            self._add(item, f"{said} never holds, so the key is never searched", "when")

    def _wrong(self, expression: Expression, own: str) -> Iterator[str]:
        known = {key.replace("/", "."): key for key in self.space}
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
        if own in self._read_by(expression.names & known.keys(), known):
            yield "goes in a circle"
        for word, key in words.items():
            domain = self.space[known[key]].domain
            names = [_name(value) for value in domain.values] if isinstance(domain, Choice) else []
            if word not in names:
                yield f"compares {key!r} with {word!r}, {suggestion(word, names, 'value')}"

    def _read_by(self, names: frozenset[str], known: Mapping[str, str]) -> set[str]:
        """Every key that the conditions of these keys read, and theirs, and so on."""
        found, waiting = set[str](), list(names)
        while waiting:
            when = self.space[known[waiting.pop()]].when
            new = _names(when) & known.keys() - found
            found |= new
            waiting += new
        return found

    def _contexts(self, item: Parameter, conditional: bool = False) -> list[dict[str, Any]]:
        """Settings of the keys that this one depends on, under which it is searched."""
        above = self._above(item, conditional)
        combinations = product(
            *([(True, value) for value in self._values(one)] + [(False, None)] for one in above)
        )
        found = []
        for values in combinations:
            said = {one.key: value for one, (on, value) in zip(above, values, strict=True) if on}
            fits = all(one.holds(said) == (one.key in said) for one in above)
            if fits and item.holds(said):
                found.append(said)
            if len(found) >= MOST_PROBES:
                break
        return found

    def _above(self, item: Parameter, conditional: bool) -> list[Parameter]:
        """Swept keys that this one's condition reads or that it stands below, and what those depend on."""
        known = {key.replace("/", "."): key for key in self.space}
        found: dict[str, Parameter] = {}
        waiting = [item]
        while waiting:
            one = waiting.pop()
            names = [known[name] for name in _names(one.when) if name in known]
            below = [] if conditional else [key for key in self.space if _stands_below(one.key, key)]
            for key in (*names, *below):
                if key not in found and key != item.key:
                    found[key] = self.space[key]
                    waiting.append(found[key])
        return list(found.values())

    # ---- values ---------------------------------------------------------------------------------

    def _probe(self, item: Parameter, known: set[tuple[Any, str]]) -> None:
        said = set()
        for context in self._contexts(item):
            for value in self._values(item):
                for message in self._told(item, context, value, known):
                    if message not in said:
                        said.add(message)
                        self._add(item, message)

    def _told(
        self, item: Parameter, context: Mapping[str, Any], value: Any, known: set[tuple[Any, str]]
    ) -> Iterator[str]:
        try:
            config = self._config({**context, item.key: value})
        except (LookupError, RecipeError) as error:
            yield str(error).strip("'\"")
            return
        before = {(each.path, each.message) for each in self._base_problems(context)} if context else known
        for each in self.check(config):
            if (each.path, each.message) in before:
                continue
            under = f"with {_listed(context)}: " if context else ""
            where = "" if dotted(each.path) == item.key else f"{each.key}: "
            wrong = each.message
            if where and shown(value) not in wrong and _names_value(item):
                where = f"{shown(value)}: {where}"
            hint = _advice(item, context, self.space)
            yield f"{under}{where}{wrong}{hint}"

    def _base_problems(self, context: Mapping[str, Any]) -> list[Problem]:
        try:
            return self.check(self._config(context))
        except (LookupError, RecipeError):
            return []  # what is wrong with these keys is said at theirs

    def _config(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        choices = tuple(sorted((key, str(settings[key])) for key in settings if key in self.groups))
        if choices and choices not in self.composed and self.origin:
            self.composed[choices] = self.origin.composed(dict(choices))
        base = self.composed.get(choices, self.base)
        values = {key: value for key, value in settings.items() if key not in self.groups}
        return laid({key: value for key, value in base.items() if key != SECTION}, values)

    def _values(self, item: Parameter) -> list[Any]:
        """What stands for a domain: every choice, both ends."""
        domain = item.domain
        if isinstance(domain, Choice):
            return list(domain.values)
        ends = (domain.low, domain.high)
        return [int(end) for end in ends] if domain.whole else [float(end) for end in ends]

    def _add(self, item: Parameter, message: str, leaf: str = "") -> None:
        path = (*AT, item.key, leaf) if leaf else (*AT, item.key)
        self.problems.append(problem(path, message))


def _stands_below(key: str, other: str) -> bool:
    mine, its = keys(key), keys(other)
    return len(mine) > len(its) and mine[: len(its)] == its


def _advice(item: Parameter, context: Mapping[str, Any], space: Mapping[str, Parameter]) -> str:
    """A setting of one plugin, swept where another is chosen too."""
    above = next((key for key in context if _stands_below(item.key, key)), None)
    if above is None or item.when:
        return ""
    domain = space[above].domain
    several = isinstance(domain, Choice) and len(domain.values) > 1
    name = above.replace("/", ".")
    return f"; say where it applies: {{of: ..., when: {name} == NAME}}" if several else ""


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


def _name(value: Any) -> str:
    return str(value.get("type", "") if isinstance(value, Mapping) else value)


def _names_value(item: Parameter) -> bool:
    return isinstance(item.domain, Choice)


def _listed(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={_name(value)}" for key, value in settings.items())


def _at(config: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = config
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
