"""What YAML can say and a recipe may not: tags that make objects, aliases that multiply, keys that are not text.

Looked at before anything is built from a file, and only where its text has a sign of it, so that a plain
recipe costs nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from stagewright.errors import Place, Problem
from stagewright.recipe.quick_yaml import nodes

LARGEST = 2_000_000  # bytes of a file
MOST = 100_000  # values of a file once its aliases are written out
DEEPEST = 50
# A tag, an alias, or a key that is a list, a mapping or nothing.
SIGNS = re.compile(r"(^|[\s\[{,:-])(![!\w<]|\*\w)|^\s*(\?|~|null)\s*:?", re.MULTILINE)
# A date is read as text.
PLAIN = ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge", "value")
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in PLAIN)


def problems(path: str) -> Iterator[Problem]:
    """Everything in a file that is more than names, numbers and text; nothing for what is no YAML at all."""
    try:
        if (size := os.path.getsize(path)) > LARGEST:
            most = f"at most {LARGEST / 1e6:.0f} MB"
            said = f"is {size / 1e6:.0f} MB; a recipe or preset is text that people read, {most}"
            yield Problem("", said, Place(path, 1, 1))
            return
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if not SIGNS.search(text):
            return
        root = nodes(text)
        found = [*_unplain(root, path)]
        yield from found
        if root and not found and "*" in text:
            yield from _aliases(root, path)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return  # said by whoever loads it, with the reason


def deepest(path: str) -> Place:
    """Where a file goes deeper than anybody reads."""
    depth = 0
    try:
        with open(path, encoding="utf-8") as file:
            for event in yaml.parse(file):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
                    event, yaml.CollectionEndEvent
                )
                if depth > DEEPEST:
                    return _place(path, event.start_mark)
    except (OSError, ValueError, yaml.YAMLError):
        return Place(path, 1, 1)
    return Place(path, 1, 1)


def _unplain(root: yaml.Node | None, path: str) -> Iterator[Problem]:
    """Tags that make objects, and keys that are no names, in the order of the file."""
    todo, seen = [root], set()
    while todo:
        node = todo.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if node.tag not in PLAIN_TAGS:
            short = node.tag.replace("tag:yaml.org,2002:", "!!")
            said = f"the YAML tag {short!r} is not allowed: a recipe holds names, numbers and text"
            yield Problem("", said, _place(path, node.start_mark))
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:null":
                    said = "a key must be a name, in quotes if need be"
                    yield Problem("", said, _place(path, key.start_mark))
            todo += [value for _, value in reversed(node.value)]
        elif isinstance(node, yaml.SequenceNode):
            todo += reversed(node.value)


def _aliases(root: yaml.Node, path: str) -> Iterator[Problem]:
    """Aliases that would write a file out beyond bounds, or hold themselves."""
    open_nodes: set[int] = set()

    @cache
    def size(node: yaml.Node) -> int:
        if id(node) in open_nodes:
            raise _Endless(node)
        open_nodes.add(id(node))
        parts = node.value if isinstance(node, yaml.CollectionNode) else ()
        inner = (item for part in parts for item in (part if isinstance(part, tuple) else (part,)))
        total = 1 + sum(map(size, inner))
        open_nodes.discard(id(node))
        if total > MOST:
            raise _Endless(node)
        return total

    try:
        size(root)
    except _Endless as error:
        said = f"aliases that write this out make more than {MOST} values, or it holds itself"
        yield Problem("", said, _place(path, error.node.start_mark))


class _Endless(Exception):
    def __init__(self, node: yaml.Node) -> None:
        self.node = node


def _place(path: str, mark: Any) -> Place:
    return Place(path, mark.line + 1, mark.column + 1)
