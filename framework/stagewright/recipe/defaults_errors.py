"""What is wrong with a defaults list or a choice from a config group, told at the entry or the override."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import MissingConfigException
from hydra.core.override_parser.types import Override
from omegaconf import MISSING

from stagewright.errors import Place, Problem
from stagewright.nearest import suggestion
from stagewright.recipe.defaults_list import default_entries, file_named, place_of_list
from stagewright.recipe.hydra_words import one_line
from stagewright.recipe.overrides import override_place
from stagewright.recipe.recipe import RecipeFile


@dataclass
class DefaultsErrors:
    """Tells errors of one recipe's defaults list.

    Attributes:
        overrides: as typed on the command line.
        repository: of Hydra, which knows groups and their options.
    """

    file: RecipeFile
    overrides: Sequence[str]
    repository: Any

    def without_self(self, caught: Sequence[warnings.WarningMessage]) -> Iterator[Problem]:
        """Hydra only warns, then lets the groups win over the recipe's own values: nobody means that."""
        for said in {str(item.message) for item in caught}:
            if named := re.match(r"In '([^']*)': Defaults list is missing `_self_`", said):
                path = file_named(self.file, named[1]) or self.file.path
                advice = "say where the file's own values stand: add `- _self_` as the last entry"
                yield Problem("defaults", advice, place_of_list(path), ("defaults",))

    def missing(self, error: MissingConfigException) -> dict[tuple[str, str], Problem]:
        """Every entry of the recipe's own defaults list that names nothing; else what Hydra found.

        By (group, option) of each; a plain file has no group.
        """
        missing = {
            (entry.group, option): entry.place
            for entry in default_entries(self.file.path)
            for option in (() if entry.optional else entry.options)
            if not self.repository.config_exists(f"{entry.group}/{option}".lstrip("/"))
        }
        for text in self.overrides:
            group, _, option = text.lstrip("+~").partition("=")
            group = group.partition("@")[0]
            if error.missing_cfg_file == f"{group}/{option}":
                missing[group, option] = override_place(text)
        if not missing:
            group, _, option = str(error.missing_cfg_file).rpartition("/")
            missing[group, option] = self._place_named(str(error), option)
        return {
            (group, option): self._missing(group, option, place) for (group, option), place in missing.items()
        }

    def named_by(self, error: Exception, groups: Sequence[Override]) -> Override | None:
        """The override that an error of the defaults list is about, if it is about one."""
        said = str(error)
        named = (item for item in groups if item.key_or_group in said or (item.input_line or "") in said)
        return next(named, None)

    def told(self, error: Exception, item: Override | None) -> Problem:
        """What an error says of the override that it is about, or else of the recipe's own list."""
        return self._of_group(error, item) if item else self._of_list(error)

    def _place_named(self, said: str, option: str) -> Place:
        """Where a file that Hydra's message names (`In 'a/b': ...`) chooses an option."""
        named = re.match(r"In '([^']*)'", said)
        path = (file_named(self.file, named[1]) if named else None) or self.file.path
        files = dict.fromkeys(
            [path, *self._composed_files()]
        )  # an `override` is said elsewhere than it is missed
        places = (entry.place for file in files for entry in default_entries(file) if option in entry.options)
        return next(places, place_of_list(path))

    def _composed_files(self) -> list[Path]:
        """The files that the defaults list and the overrides choose, as far as there are any."""
        words = [text.lstrip("+~").partition("=") for text in self.overrides]
        chosen = [f"{group.partition('@')[0]}/{option}" for group, _, option in words]
        found = [self.file.path, *(path for name in chosen if (path := file_named(self.file, name)))]
        for path in found:  # grows while it is walked
            names = [f"{e.group}/{option}".lstrip("/") for e in default_entries(path) for option in e.options]
            found += [file for name in names if (file := file_named(self.file, name)) and file not in found]
        return found

    def _missing(self, group: str, option: str, place: Place) -> Problem:
        if group and not self.repository.group_exists(group):
            said = f"there is no config group {group!r}"
        else:
            known = self.repository.get_group_options(group) if group else self._beside()
            said = f"no config {option!r}, {suggestion(option, known, 'config')}"
        key, path = f"defaults.{group}" if group else "defaults", tuple(group.split("/")) if group else ()
        return Problem(key, said, place, path)

    def _beside(self) -> list[str]:
        files = (path for folder in self.file.search for path in folder.glob("*.yaml"))
        return [path.stem for path in files if path != self.file.path]

    def _of_group(self, error: Exception, item: Override) -> Problem:
        said, line = one_line(error), item.input_line or ""
        inside = re.match(r"In '([^']*)': Could not override '([^'@]*)", said)
        if (
            inside
            and (file := file_named(self.file, inside[1]))
            and inside[1].startswith(f"{item.key_or_group}/")
        ):
            advice = f"`override /{inside[2].lstrip('/')}` below `# @package _global_`, the file's first line"
            found = f"nothing chooses from {inside[2]!r} where this file is put; an experiment says {advice}"
            return Problem("defaults", found, place_of_list(file))
        if "No match in the defaults list" in said or "Could not " in said:
            advice = "there is nothing to remove" if item.is_delete() else f"add it with '+{line}'"
            said = f"the recipe's defaults list has no {item.key_or_group!r}; {advice}"
        path = tuple(item.key_or_group.split("/"))
        return Problem(item.key_or_group, said, override_place(line), path)

    def _of_list(self, error: Exception) -> Problem:
        if isinstance(error, RecursionError):
            place = self._nested(self.file.path, "", ()) or place_of_list(self.file.path)
            return Problem(
                "defaults", "is nested in itself: this entry leads back to the file it stands in", place
            )
        said, place = one_line(error), place_of_list(self.file.path)
        for entry in default_entries(self.file.path):
            if any(part in said for part in (entry.group, *entry.options) if part):
                place = entry.place
        if group := re.match(r"You must specify '([^']*)'", said):
            known = ", ".join(self.repository.get_group_options(group[1]))
            said = f"choose from {group[1]!r}: write a name in place of {MISSING}, known: {known}"
        elif group := re.search(r"Could not override '([^']*)'", said):
            said = f"nothing above it chooses from {group[1]!r}; write it without `override`"
        return Problem("defaults", said, place)

    def _nested(self, path: Path, group: str, above: tuple[Path, ...]) -> Place | None:
        """The entry of a defaults list by which a file includes itself, however far around."""
        for entry in default_entries(path):
            inside = entry.group if entry.absolute or not group else f"{group}/{entry.group}".rstrip("/")
            for option in entry.options:
                name = f"{inside}/{option}".lstrip("/")
                found = file_named(self.file, name)
                if found in (*above, path):
                    return entry.place
                inner = self._nested(found, name.rpartition("/")[0], (*above, path)) if found else None
                if inner:
                    return inner
        return None
