"""Values swept on the command line (`-m key=interval(0,1)`) as one search: entries of `sweep.params`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hydra.core.override_parser.types import Override

from stagewright.check.loading import Loaded, load
from stagewright.errors import Problem, RecipeError
from stagewright.frozen import frozen
from stagewright.recipe.compose import compose
from stagewright.recipe.overrides import override_place, parsed_overrides
from stagewright.recipe.recipe import RecipeFile


@frozen
class Search:
    """A run that searches.

    Attributes:
        overrides: what is laid over the recipe.
        typed: by override that sets an entry of `sweep.params`, the word on the command line that it was made of.
    """

    overrides: tuple[str, ...]
    typed: Mapping[str, str]

    def load(self, file: RecipeFile) -> Loaded:
        """The checked recipe; raises RecipeError, whose problems name the words as they were typed."""
        try:
            loaded = load(file, self.overrides)
        except RecipeError as error:
            raise RecipeError([self._as_typed(item) for item in error.problems]) from error
        warnings = tuple(self._as_typed(item) for item in loaded.checked.warnings)
        return replace(loaded, checked=replace(loaded.checked, warnings=warnings))

    def _as_typed(self, item: Problem) -> Problem:
        said = {override_place(made): override_place(word) for made, word in self.typed.items()}
        return replace(item, place=said.get(item.place, item.place)) if item.place else item


def as_search(file: RecipeFile, overrides: Sequence[str]) -> Search | None:
    """Swept values as one run that searches them; None where each combination is a run of its own.

    It is a search where the recipe has a `sweep` section, where a swept value is an interval or says `tag(log, ...)`,
    or where `hydra/sweeper=stagewright` asks for it. Swept values are laid over `sweep.params`, one by one.
    """
    parsed = parsed_overrides(overrides)
    sweepers = [item for item in parsed if item.key_or_group == "hydra/sweeper"]
    swept = [item for item in parsed if item.is_sweep_override() and not item.is_hydra_override()]
    fixed = [item.input_line or "" for item in parsed if item not in swept and item not in sweepers]
    section = compose(file, fixed).config.get("sweep")
    if not swept and not section:
        return None
    asked = {str(item.value()) for item in sweepers}
    if not (asked == {"stagewright"} or (not asked and (section or any(_endless(item) for item in swept)))):
        return None
    params = section.get("params") if isinstance(section, Mapping) else None
    known = params if isinstance(params, Mapping) else {}
    typed = {_param(item, known): item.input_line or "" for item in swept}
    return Search((*fixed, *typed), typed)


def _endless(item: Override) -> bool:
    """Whether a swept value cannot be listed, or says how it is to be searched."""
    value: Any = item.value()
    return item.is_interval_sweep() or "log" in getattr(value, "tags", ())


def _param(item: Override, known: Mapping[str, Any]) -> str:
    """`key=interval(0,1)` as an entry of `sweep.params`; a condition that the recipe says stays."""
    key, text = item.key_or_group, (item.input_line or "").partition("=")[2]
    if item.package:
        said = f"a swept config group goes where its name says, not to {item.package!r}"
        raise RecipeError([Problem(key, said, override_place(item.input_line))])
    inner = _quoted(text)
    return (
        f"sweep.params={{{key}: {{of: {inner}}}}}"
        if isinstance(known.get(key), Mapping)
        else f"sweep.params={{{key}: {inner}}}"
    )


def _quoted(text: str) -> str:
    """A text as Hydra's grammar quotes it."""
    if "'" not in text:
        return f"'{text}'"
    return f'"{text}"' if '"' not in text else "'" + text.replace("'", "\\'") + "'"
