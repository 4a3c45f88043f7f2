"""Where a value of a composed recipe was said: file, line and column, or the override that said it.

Nothing in Hydra is changed for this. Only when there is something to report, the composition is replayed over
YAML nodes, which know their positions: the same defaults list, the same order, OmegaConf's merge rules
(mappings unite, everything else is replaced, `???` replaces nothing), then the overrides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml
from hydra.errors import HydraException
from omegaconf import MISSING
from omegaconf.errors import OmegaConfBaseException

from stagewright.errors import Place, Problem, RecipeError
from stagewright.keypath import keys_of
from stagewright.recipe.overrides import override_place
from stagewright.recipe.quick_yaml import nodes, scalar
from stagewright.recipe.recipe import RecipeFile
from stagewright.recipe.replay import replay

Key = str | int
_NO_TEXT = tuple(f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null"))


@dataclass
class Node:
    """A value and the place of its key (of itself in a list); children by key or index.

    Attributes:
        is_text: whether `text` stands for itself, rather than for a number, true, false or null.
        meant_for: the `type` that stood beside it when it was said, where another one took that one's place since.
    """

    place: Place
    text: str | None = None
    children: dict[Key, Node] = field(default_factory=dict)
    kind: str = "scalar"  # or `mapping`, `list`
    is_text: bool = True
    meant_for: Node | None = None

    def swap(self, said: Node) -> None:
        """Note at the settings of a plugin that another one takes its place."""
        old = self.children.get("type")
        if old and old.text != said.text:
            for child in self.children.values():
                child.meant_for = child.meant_for or old


@dataclass
class Locator:
    """Places of the values of one composition; reading it never raises."""

    file: RecipeFile
    overrides: Sequence[str] = ()

    def place(self, path: tuple[Key, ...]) -> Place:
        """Where `path` was said; for a key that nobody said, the nearest one above it."""
        return self.node(path).place

    def node(self, path: tuple[Key, ...]) -> Node:
        """What was said at `path`, or at the nearest key above it."""
        node = self._tree
        for key in path:
            child = node.children.get(key)
            if child is None:
                break
            node = child
        return node

    def place_of(self, problem: Problem) -> Place:
        """Where a problem was said; an override that makes values wrong together is named rather than their section."""
        places = (self.place(path) for path in problem.together)
        return next((place for place in places if not place.line), None) or self.place(problem.path)

    @cached_property
    def _tree(self) -> Node:
        try:
            return self._replayed()
        except (RecipeError, HydraException, OmegaConfBaseException, yaml.YAMLError, OSError, ValueError):
            return self._alone()  # what cannot be composed can still be read

    def _alone(self) -> Node:
        root = Node(Place(str(self.file.path), 1, 1), kind="mapping")
        try:
            text = self.file.path.read_text(encoding="utf-8", errors="replace")
            return read(text, str(self.file.path)) or root
        except (yaml.YAMLError, OSError, RecursionError):
            return root

    def _replayed(self) -> Node:
        parts = replay(self.file, self.overrides)
        tree = Node(Place(str(self.file.path), 1, 1), kind="mapping")
        for path, package, chosen in parts.files:
            if found := read(path.read_text(encoding="utf-8"), str(path)):
                merge(tree, wrapped(found, package, chosen))
        for item in parts.overrides:
            self._override(tree, item)
        return tree

    def _override(self, tree: Node, item: Any) -> None:
        place = override_place(item.input_line)
        *above, last = keys_of(item.key_or_group)
        node = tree
        for key in above:
            known = node.children.get(key)
            if known is None or known.kind == "scalar":  # a value that the override turns into a mapping
                node.children[key] = Node(place, kind="mapping")
            node = node.children[key]
        if item.is_delete():
            node.children[last] = Node(place)  # what is missing now is missing because of this
            return
        said = _plain(item.value(), place)
        if last == "type":
            node.swap(said)
        known = node.children.get(last)
        if known and known.kind == said.kind == "mapping":
            merge(known, said)
            known.place = place
        else:
            node.children[last] = said


def read(text: str, source: str) -> Node | None:
    """A YAML document as nodes, without its defaults list; None where it is empty."""
    root = nodes(text)
    if not isinstance(root, yaml.MappingNode):
        return None
    node = _node(root, Place(source, 1, 1), source)
    node.children.pop("defaults", None)
    return node


def _node(given: yaml.Node, place: Place, source: str) -> Node:
    if isinstance(given, yaml.MappingNode):
        node = Node(place, kind="mapping")
        for key, value in given.value:
            if key.tag == "tag:yaml.org,2002:merge":
                for part in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    for name, child in _node(part, place, source).children.items():
                        node.children.setdefault(name, child)
            else:
                node.children[_name(key)] = _node(value, _at(key, source, value), source)
        return node
    if isinstance(given, yaml.SequenceNode):
        parts = enumerate(given.value)
        found: dict[Key, Node] = {i: _node(part, _at(part, source, part), source) for i, part in parts}
        return Node(place, None, found, "list")
    return Node(place, str(given.value), is_text=given.tag not in _NO_TEXT)


def _name(key: yaml.Node) -> str:
    """A key as the composed recipe has it: `yes` is True, `0x10` is 16."""
    text = str(key.value)
    return str(scalar(text)) if key.tag in _NO_TEXT[:3] else text


def _at(node: yaml.Node, source: str, value: yaml.Node) -> Place:
    """From a key to the end of its value where that is one word or text, else to the end of the key."""
    last = (value if isinstance(value, yaml.ScalarNode) else node).end_mark
    if isinstance(node, yaml.CollectionNode):
        last = node.start_mark
    return Place(source, node.start_mark.line + 1, node.start_mark.column + 1, last.line + 1, last.column + 1)


def merge(base: Node, over: Node) -> None:
    """Lay `over` onto `base`, in place, by OmegaConf's rules."""
    if "type" in over.children:
        base.swap(over.children["type"])
    for key, child in over.children.items():
        known = base.children.get(key)
        if known and known.kind == child.kind == "mapping":
            known.place, known.meant_for = child.place, None
            merge(known, child)
        elif not (known and child.text == MISSING):
            base.children[key] = child


def wrapped(node: Node, package: str, chosen: Place) -> Node:
    """A file's content under the package it is put under, whose keys stand where the file was chosen."""
    for key in reversed([part for part in package.split(".") if part and part != "_global_"]):
        node.place = chosen
        node = Node(chosen, None, {key: node}, "mapping")
    return node


def plain(node: Node) -> Any:
    """A node as values: interpolations as they were written."""
    if node.kind == "mapping":
        return {str(key): plain(child) for key, child in node.children.items()}
    if node.kind == "list":
        return [plain(child) for child in node.children.values()]
    return node.text if node.is_text or node.text is None else scalar(node.text)


def _plain(value: Any, place: Place) -> Node:
    if isinstance(value, Mapping):
        return Node(place, None, {str(k): _plain(v, place) for k, v in value.items()}, "mapping")
    if isinstance(value, list | tuple):
        return Node(place, None, {i: _plain(v, place) for i, v in enumerate(value)}, "list")
    return Node(place, str(value))
