"""Overrides by Hydra's grammar: what they name, what they set, and how they are told in a message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser, create_functions
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from stagewright.errors import Place, Problem, RecipeError
from stagewright.nearest import suggestion
from stagewright.wording import shown

KEY = re.compile(r"[+~]{0,2}[A-Za-z_][\w-]*([./@:]\w[\w-]*)*")  # what may stand before the `=` of an override

CALLED = re.compile(r"\w+ while evaluating '(?P<call>.*)': (?P<why>.*)")  # what Hydra says of a function


def parsed_overrides(overrides: Sequence[str], skip_wrong: bool = False) -> list[Override]:
    """Overrides by Hydra's grammar; raises RecipeError naming each that is not one."""
    parser, parsed, problems = OverridesParser.create(), [], []
    for text in overrides:
        try:
            item = parser.parse_override(text)
            if not item.key_or_group:
                raise HydraException("it has no key")
            parsed.append(item)
        except HydraException as error:
            problems.append(Problem("", _why_not(text, str(error).splitlines()[0]), override_place(text)))
    if problems and not skip_wrong:
        raise RecipeError(problems)
    return parsed


def _why_not(text: str, said: str) -> str:
    """What is wrong with an override, by what Hydra said of it."""
    if called := CALLED.fullmatch(said):
        return _miscalled(called["call"], called["why"])
    why = f"is not an override ({said}); write key=value, +key=value or ~key"
    if not KEY.fullmatch(text.partition("=")[0]):
        why += ", the key in letters, digits, `_`, `-`, `.`, `/`"
    elif "=" in text:
        why += ", a value with other signs in quotes: \"key='a > b'\""
    return why


def _miscalled(call: str, why: str) -> str:
    """What is wrong with `interval(1,3)` and the like."""
    unknown = re.fullmatch(r"Unknown function '(\w+)'", why)
    if not unknown:
        return f"calls {call}: {why}"
    near = suggestion(unknown[1], create_functions().functions)
    return (
        f"calls {unknown[1]!r}, which is no function, {near}; text with brackets needs quotes: \"key='a(b)'\""
    )


def override_place(text: str | None) -> Place:
    """The place of what the command line says."""
    return Place(f"override {shown(text, 120)}")


def is_group(repository: Any, item: Override) -> bool:
    """Whether `key=value` chooses files of a config group, rather than sets a key of the recipe."""
    key = item.key_or_group
    if "/" in key or item.package is not None:
        return True
    known = "." not in key and repository.group_exists(key) and repository.get_group_options(key)
    return bool(known) and names_files(item)


def names_files(item: Override) -> bool:
    """Whether a value can be the name of a file in a group, or several."""
    if item.is_delete() or item.is_sweep_override():
        return True
    value = item.value()
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def appending(item: Override) -> Override:
    """`a.b=v` as `++a.b=v`: a plugin's default is a key that the recipe need not say."""
    if item.is_add() or item.is_delete() or item.is_force_add():
        return item
    from hydra.core.override_parser.types import OverrideType

    item.type = OverrideType.FORCE_ADD
    return item


def why_not_removed(said: str) -> str:
    """Why `~key` could not be done, by what OmegaConf said."""
    if "does not exist" in said:
        return "it is not there"
    if found := re.search(r"is (.*) and not (.*?)\.?$", said):
        return f"its value is {found[1]}, not {found[2]}"
    return "one item of a list cannot be removed, write the whole list"
