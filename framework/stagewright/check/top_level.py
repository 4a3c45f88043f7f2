"""The top of a recipe: which sections it has, its name and its seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright import lifecycle
from stagewright.errors import Problem
from stagewright.keypath import problem
from stagewright.nearest import suggestion
from stagewright.plugin.binding import MAX_NAME
from stagewright.wording import shown


def top_level(config: Mapping[str, Any]) -> Iterator[Problem]:
    """Sections that there are not or that are missing; a name, a description or a seed that is none."""
    allowed = {*lifecycle.SECTIONS, *lifecycle.EXTRAS}
    for key in config:
        if key not in allowed:
            yield problem((str(key),), f"unknown section, {_near(str(key), allowed)}")
    for section in lifecycle.STEPS:
        if section.required and config.get(section.name) is None:
            yield problem((section.name,), f"missing: a recipe needs the section `{section.name}`")
    for key, kind in (("name", str), ("description", str), ("seed", int)):
        value = config.get(key)
        if key in config and (not isinstance(value, kind) or isinstance(value, bool)):
            yield problem((key,), f"expected {kind.__name__}, got {shown(value)}")
    yield from _name_and_seed(config.get("name"), config.get("seed"))


def _name_and_seed(name: Any, seed: Any) -> Iterator[Problem]:
    if isinstance(name, str) and not name.replace("-", "_").replace(".", "_").isidentifier():
        yield problem(("name",), f"a name holds letters, digits, `_`, `-`, `.` only, got {shown(name)}")
    elif isinstance(name, str) and name.startswith("."):
        yield problem(
            ("name",), f"a name becomes a folder's: it does not begin with a dot, got {shown(name)}"
        )
    elif isinstance(name, str) and len(name) > MAX_NAME:
        yield problem(("name",), f"a name has at most {MAX_NAME} characters, got {len(name)}")
    if isinstance(seed, int) and not 0 <= seed < 2**32:
        yield problem(("seed",), f"a seed is a whole number from 0 to 4294967295, got {shown(seed)}")


def _near(key: str, allowed: set[str]) -> str:
    """What may be meant by a section that there is not."""
    if key == "experiment":
        return "`+experiment=NAME` takes conf/experiment/NAME.yaml, whose first line is `# @package _global_`"
    return suggestion(key, allowed, "section")
