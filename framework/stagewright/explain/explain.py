"""Why a key of a recipe has its value: who said it, who overrode whom, what it reads, what its plugin says of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagewright.errors import Place, Problem, RecipeError, printable
from stagewright.explain.annotation import Meaning
from stagewright.explain.signature import meaning
from stagewright.frozen import frozen
from stagewright.keypath import NOTHING, KeyPath, dotted, keys_of, value_at
from stagewright.nearest import suggestion
from stagewright.plugin.deeper import deeper
from stagewright.plugin.registry import PluginError, Registry
from stagewright.plugin.settings import settings_of
from stagewright.recipe.compose import compose
from stagewright.recipe.locate import Key, Node, plain, read, wrapped
from stagewright.recipe.overrides import override_place
from stagewright.recipe.placing import placed
from stagewright.recipe.recipe import RecipeFile
from stagewright.recipe.replay import replay
from stagewright.wording import shown

REFERENCE = re.compile(r"\$\{([^${}]+)\}")
DEEPEST = 20  # interpolations that lead to interpolations
Found = tuple[Any, Place]


@frozen
class Said:
    """One place that says a value, in the order in which they are laid over each other.

    Attributes:
        by: `recipe`, `recipe base`, `group train/model=unet`, `override`, or what an interpolation reads:
            `environment`, `key`.
        value: as it was said, before interpolations.
        in_force: whether it holds; a mapping holds beside others, whose keys it does not say.
    """

    by: str
    value: Any
    place: Place | None
    in_force: bool = True
    leads_to: tuple[Said, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        told = {"by": self.by, "value": self.value, "place": str(self.place) if self.place else None}
        return told | {"in_force": self.in_force, "leads_to": [item.to_json() for item in self.leads_to]}


@frozen
class Explained:
    """All there is to say of one key.

    Attributes:
        value: the one in force.
        is_set: whether anybody said it.
        problems: of the composition, at this key.
        elsewhere: of the composition, at other keys; an override that cannot be applied is one.
    """

    key: str
    value: Any
    is_set: bool
    said: tuple[Said, ...]
    meaning: Meaning
    problems: tuple[Problem, ...] = ()
    elsewhere: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For scripts and editors."""
        told = self.meaning
        return {
            "key": self.key,
            "value": self.value,
            "set": self.is_set,
            "said": [item.to_json() for item in self.said],
            "type": told.type,
            "limits": list(told.limits),
            "choices": list(told.choices),
            "doc": told.doc,
            "default": told.default,
            "default_place": str(told.default_at) if told.default_at else None,
            "keys": list(told.keys),
            "problems": [item.to_json() for item in (*self.problems, *self.elsewhere)],
        }


def explain(file: RecipeFile, key: str, overrides: Sequence[str] = ()) -> Explained:
    """Everything about one key of a recipe, right or wrong; raises RecipeError for a key that is nobody's."""
    path = keys_of(key)
    composed = compose(file, overrides)
    config = {"name": file.name, **composed.config}
    teller = _Teller(file, overrides, config, composed.dropped)
    value, is_set = _value(config, path)
    told = meaning(Registry(file.project), config, path)
    said = tuple(teller.said(path))
    if not path or (told is None and not is_set and not said):
        raise RecipeError([Problem(key, f"nobody knows this key, {_near(file, config, path)}")])
    found = placed(composed.problems, file, overrides)
    here = tuple(item for item in found if item.path[: len(path)] == path)
    elsewhere = tuple(item for item in found if item not in here)
    told = told or Meaning(doc="no plugin has such a setting; `stagewright check` says what is near")
    return Explained(dotted(path), value, is_set, said, told, here, elsewhere)


def _value(config: Mapping[str, Any], path: KeyPath) -> tuple[Any, bool]:
    value = value_at(config, path, NOTHING)
    return (None, False) if value is NOTHING else (value, True)


def _near(file: RecipeFile, config: Mapping[str, Any], path: KeyPath) -> str:
    """The nearest key there is, by the first part that is wrong."""
    registry = Registry(file.project)
    if found := _deeper(registry, config, path):
        return f"did you mean {dotted(found)!r}?"
    for i in range(len(path)):
        above = path[:i]
        told = meaning(registry, config, above) if above else None
        value = value_at(config, above)
        keys = {str(key) for key in value} if isinstance(value, Mapping) else set()
        known = {*keys, *(told.keys if told else ())} if above else {*config, *_top()}
        if str(path[i]) not in known and not (isinstance(value, list) and isinstance(path[i], int)):
            return suggestion(dotted(path[: i + 1]), [dotted((*above, name)) for name in known], "key")
    return suggestion(dotted(path), [], "key")


def _deeper(registry: Registry, config: Mapping[str, Any], path: KeyPath) -> KeyPath:
    """Where below its section a setting stands that was looked for in the section itself; empty if nowhere."""
    from stagewright import lifecycle

    section = next((item for item in lifecycle.STEPS if item.at == path[:-1]), None)
    said = value_at(config, section.at) if section else None
    given = {"type": said} if isinstance(said, str) else said
    if not section or not isinstance(given, Mapping):
        return ()
    try:
        plugin = registry.load(section.contract.name, str(given.get("type", section.default)))
        found = deeper(registry, settings_of(plugin.function), given, str(path[-1]))
    except (PluginError, TypeError, NameError):
        return ()  # what is wrong with the plugin, `check` says
    return (*section.at, *found) if found else ()


def _top() -> tuple[str, ...]:
    from stagewright import lifecycle

    return (*lifecycle.SECTIONS, *lifecycle.EXTRAS)


class _Teller:
    """Tells who said a key; composed once, asked again for every key that an interpolation leads to."""

    def __init__(
        self,
        file: RecipeFile,
        overrides: Sequence[str],
        config: Mapping[str, Any],
        dropped: Sequence[KeyPath] = (),
    ) -> None:
        self.file, self.config, self.dropped = file, config, dropped
        self.layers = list(_layers(file, overrides))

    def said(self, path: KeyPath, depth: int = 0) -> Iterator[Said]:
        """Everything that says a key, in order; what an interpolation leads to is told below the last."""
        found = [(by, node) for by, layer in self.layers if (node := _found(layer, path))]
        last = len(found) - 1
        dropped = any(path[: len(key)] == key for key in self.dropped)
        for i, (by, node) in enumerate(found):
            beside = node.kind == "mapping" and all(later.kind == "mapping" for _, later in found[i:])
            leads = tuple(self._leads(path, node, depth)) if i == last else ()
            yield Said(by, plain(node), node.place, (i == last or beside) and not dropped, leads)

    def _leads(self, path: KeyPath, node: Node, depth: int) -> Iterator[Said]:
        """What the interpolations of a text read: a variable of the environment, or other keys."""
        for inside in REFERENCE.findall(node.text or "") if depth < DEEPEST else ():
            resolver, is_call, rest = inside.partition(":")
            if is_call:
                yield from self._called(resolver.strip(), rest)
                continue
            target = _target(inside.strip(), path)
            value, is_set = _value(self.config, target)
            said = tuple(self.said(target, depth + 1))
            place = said[-1].place if said else None
            yield Said(f"key {dotted(target)}", value if is_set else None, place, is_set, said)

    def _called(self, resolver: str, rest: str) -> Iterator[Said]:
        if resolver != "oc.env":
            yield Said(f"resolver {resolver}", rest.strip(), None)
            return
        name, has_default, default = (part.strip() for part in rest.partition(","))
        if name in os.environ:
            yield Said(f"environment {name}", os.environ[name], None)
        elif has_default:
            yield Said(f"environment {name} (not set: its default)", default, None)
        else:
            yield Said(f"environment {name} (not set)", None, None, False)


def _target(inside: str, path: KeyPath) -> KeyPath:
    """`a.b` from the top; `.b` is a neighbour, `..b` one of the level above."""
    up = len(inside) - len(inside.lstrip("."))
    return (*(path[:-up] if up else ()), *keys_of(inside))


def _layers(file: RecipeFile, overrides: Sequence[str]) -> Iterator[tuple[str, Node]]:
    """Each file and each override as a tree of its own, in the order in which they are laid over each other."""
    parts = replay(file, overrides)
    for source, package, chosen in parts.files:
        if found := read(source.read_text(encoding="utf-8"), str(source)):
            own = source == file.path
            by = "recipe" if own else _named(file, source, package)
            yield by, wrapped(found, package, found.place if own else chosen)
    for item in parts.overrides:
        place = override_place(item.input_line)
        *above, last = keys_of(item.key_or_group)
        value = None if item.is_delete() else item.value()
        tree = _tree(value, place)
        if item.is_delete():
            tree = Node(place, "(removed)")
        for key in (last, *reversed(above)):
            tree = Node(place, None, {key: tree}, "mapping")
        yield "override", tree


def _named(file: RecipeFile, source: Path, package: str) -> str:
    """`group train/model=unet`, `group experiment=slow`; `recipe brain_tissue` for one that is inherited from."""
    if package:
        return f"group {package.replace('.', '/')}={source.stem}"
    above = next((folder for folder in file.search if source.is_relative_to(folder)), source.parent)
    group = source.parent.relative_to(above).as_posix()
    return f"recipe {source.stem}" if group == "." else f"group {group}={source.stem}"


def _tree(value: Any, place: Place) -> Node:
    if isinstance(value, Mapping):
        return Node(place, None, {str(key): _tree(item, place) for key, item in value.items()}, "mapping")
    if isinstance(value, list | tuple):
        return Node(place, None, {i: _tree(item, place) for i, item in enumerate(value)}, "list")
    return Node(place, str(value) if value is not None else "null", is_text=isinstance(value, str))


def _found(node: Node, path: tuple[Key, ...]) -> Node | None:
    """What a layer says of a key, itself or by a value in place of what it stands in."""
    for key in path:
        if node.kind == "scalar" and node.children == {} and node.text is not None:
            return node  # it replaces all that stood below
        child = node.children.get(key)
        if child is None:
            return None
        node = child
    return node


def lines(found: Explained) -> Iterator[str]:
    """The explanation for people."""
    held = shown(found.value, 100) if found.is_set else "not said"
    fallback = f"; {found.meaning.default} holds" if not found.is_set and found.meaning.default else ""
    yield printable(f"{found.key}: {held}{fallback}")
    for item in found.said:
        yield from _told(item, 1)
    told = found.meaning
    if told.default is not None:
        at = f"  {told.default_at}" if told.default_at else ""
        yield f"  default   {told.default}{at}"
    rows = {"type": told.type, "limits": ", ".join(told.limits), "choices": ", ".join(told.choices)}
    rows |= {"keys": ", ".join(told.keys), "doc": told.doc}
    yield from (f"  {name:<9} {text}" for name, text in rows.items() if text)
    yield from (f"  problem   {item}" for item in found.problems)


def _told(item: Said, depth: int) -> Iterator[str]:
    arrow = "set by" if depth == 1 else "reads"
    over = (
        "" if item.in_force else "  (not in force)" if depth > 1 or item.value is None else "  (overridden)"
    )
    place = f"  {item.place}" if item.place else ""
    yield printable(f"{'  ' * depth}{arrow:<9} {item.by}: {shown(item.value, 80)}{over}{place}")
    for inner in item.leads_to:
        yield from _told(inner, depth + 1)
