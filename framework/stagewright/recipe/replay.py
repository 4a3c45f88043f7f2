"""What a composition is made of, part by part, to find where a value was said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hydra.core.override_parser.types import Override

from stagewright.errors import Place
from stagewright.frozen import frozen
from stagewright.recipe.compose import Composer
from stagewright.recipe.defaults_list import default_entries, file_named
from stagewright.recipe.overrides import override_place
from stagewright.recipe.recipe import RecipeFile


@frozen
class Replay:
    """What a composition is made of, in order: the files of the defaults list, then value overrides.

    Attributes:
        files: (file, package it is put under, where it was chosen); the last one that says a key wins.
        overrides: value overrides, laid over the files.
    """

    files: tuple[tuple[Path, str, Place], ...]
    overrides: tuple[Override, ...]


def replay(file: RecipeFile, overrides: Sequence[str] = ()) -> Replay:
    """The parts of a composition, to find where a value was said; raises as Hydra does."""
    composer = Composer(file, overrides)
    parsed = composer.parsed()
    groups = [item for item in parsed if composer.is_choice(item)]
    chosen = {
        f"{entry.group}/{option}".lstrip("/"): entry.place
        for entry in default_entries(file.path)
        for option in entry.options
    }
    chosen |= {f"{item.key_or_group}/{item.value()}": override_place(item.input_line) for item in groups}
    files = [
        (path, item.package or "", chosen.get(item.config_path, Place(str(path), 1, 1)))
        for item in composer.listed(groups)
        if (path := file_named(file, item.config_path))
    ]
    return Replay(tuple(files), tuple(item for item in parsed if item not in groups))
