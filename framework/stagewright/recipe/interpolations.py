"""Interpolations of a composed recipe resolved one by one, so that each wrong one is told at its key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import MISSING, DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from stagewright.errors import Problem
from stagewright.keypath import KeyPath, problem
from stagewright.nearest import suggestion
from stagewright.recipe.hydra_words import one_line

_BAD = object()


def readable(config: DictConfig) -> tuple[dict[str, Any], list[Problem]]:
    """All values that can be resolved, as plain ones, and what is wrong with the others."""
    problems: list[Problem] = []
    return dict(_mapping(config, (), problems)), problems


def _mapping(node: DictConfig, path: KeyPath, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    for key in list(node.keys()):
        value = _value(node, key, (*path, str(key)), problems)
        if value is not _BAD:
            yield str(key), value


def _value(node: Any, key: Any, path: KeyPath, problems: list[Problem]) -> Any:
    raw = node._get_node(key)
    if raw._is_missing():
        problems.append(problem(path, f"missing value: the recipe says {MISSING}, set it"))
        return _BAD
    if not raw._is_interpolation() and isinstance(raw, DictConfig) and not raw._is_none():
        return dict(_mapping(raw, path, problems))
    if not raw._is_interpolation() and isinstance(raw, ListConfig) and not raw._is_none():
        values = [_value(raw, i, (*path, i), problems) for i in range(len(raw))]
        return [value for value in values if value is not _BAD]
    try:
        value = node[key]
        return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
    except (OmegaConfBaseException, RecursionError, ValueError, TypeError, KeyError) as error:
        problems.append(problem(path, _interpolation_problem(str(raw._value()), error, node)))
        return _BAD


def _interpolation_problem(text: str, error: Exception, node: Any) -> str:
    if isinstance(error, RecursionError) or "ecursive" in str(error):
        return f"{text!r} refers to itself"
    said = one_line(error)
    if "Interpolation to parent node" in said:
        return f"{text!r} refers to what it stands in"
    if found := re.search(r"Interpolation key '([^']*)' not found", said):
        near = _near_key(found[1], node, relative="${." in text)
        return f"{text!r} refers to {found[1]!r}, which is not there, {near}"
    if found := re.search(r"Environment variable '([^']*)' not found", said):
        return f"{text!r}: the environment variable {found[1]} is not set; set it or give a default"
    if found := re.search(r"Unsupported interpolation type (\S+)", said):
        return f"{text!r}: there is no resolver {found[1]!r} (known: oc.env, oc.decode, oc.select, oc.create)"
    return f"{text!r} cannot be resolved: {said}"


def _near_key(dotted: str, node: Any, relative: bool) -> str:
    if relative and isinstance(node, DictConfig):
        return suggestion(dotted, map(str, node), "key")
    plain: Any = OmegaConf.to_container(node._get_root(), resolve=False)
    known = list(_flat(plain))
    parents = {name.rpartition(".")[0] for name in known}
    return suggestion(dotted, [*known, *(name for name in parents if name)], "key")


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            yield from _flat(item, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"
