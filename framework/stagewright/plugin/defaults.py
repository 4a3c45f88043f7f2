"""Defaults held against the types of their own settings: whoever wrote the plugin is told, not the recipe.

Those of a project's plugins are held while checking. Those of installed plugins were by their contract tests: to
build every schema would cost `check` more than all else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stagewright.contract import plain
from stagewright.errors import Place, Problem
from stagewright.keypath import KeyPath
from stagewright.plugin.settings import Setting
from stagewright.plugin.validation import validated

if TYPE_CHECKING:
    from stagewright.plugin.registry import Plugin


def wrong_default(plugin: Plugin, item: Setting, path: KeyPath) -> list[Problem]:
    """What is wrong with the default of a setting (at `path`) that nobody said."""
    if plugin.found.root.within is None:  # installed
        return []
    problems: list[Problem] = []
    value = plain(item.default)
    validated(item.annotation, value, path, problems)
    return blamed(plugin, item, value, problems)


def blamed(plugin: Plugin, item: Setting, value: Any, problems: Sequence[Problem]) -> list[Problem]:
    """Problems of a value; where it is the default written down (`Component.spec`), at the plugin's line."""
    if not problems or item.required or repr(value) != repr(plain(item.default)):  # True == 1
        return list(problems)
    place = _place(plugin, item.name)
    what = f"the default of setting {item.name!r} of {plugin.found.kind} plugin {plugin.found.name!r}"
    return [
        replace(found, message=f"{what} does not fit its type: {found.message}", place=place)
        for found in problems
    ]


def _place(plugin: Plugin, name: str) -> Place:
    """Where a default is written; the file's beginning if the function comes from elsewhere."""
    path = plugin.found.path
    for node in _written(ast.parse(path.read_bytes()), plugin.found.name, name):
        end = node.end_lineno or 0, (node.end_col_offset or -1) + 1
        return Place(str(path), node.lineno, node.col_offset + 1, *end)
    return Place(str(path), 1, 1)


def _written(module: ast.Module, function: str, setting: str) -> Iterator[ast.expr]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            yield from (value for given, value in pairs if given.arg == setting and value is not None)
