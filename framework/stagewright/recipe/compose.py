"""A recipe and its overrides composed by Hydra into plain values, with everything that is wrong at once.

Hydra's own node (`hydra:`) is left out: `check`, `plan` and `run` do not need it, and it costs a fifth of the
composition. One rule is added to Hydra's: `a.b=v` also sets a key that the recipe does not say, because a
plugin's defaults stand in its signature, not in the recipe; a misspelt one is refused later by the schema.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hydra import MissingConfigException
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.structured_config_source import StructuredConfigSource
from hydra._internal.defaults_list import create_defaults_list
from hydra.core.override_parser.types import Override
from hydra.errors import ConfigCompositionException, HydraException
from omegaconf import MISSING, DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from stagewright.errors import Place, Problem, RecipeError
from stagewright.frozen import frozen
from stagewright.keypath import KeyPath, keys_of, problem
from stagewright.recipe.config_source import AbsentSource, WatchedSource
from stagewright.recipe.hydra_rules import own_groups, wrong_in_recipe, wrong_override
from stagewright.recipe.overrides import (
    appending,
    is_group,
    names_files,
    override_place,
    parsed_overrides,
    why_not_removed,
)
from stagewright.recipe.recipe import RecipeFile
from stagewright.recipe.resolvers import only_omegaconfs_own
from stagewright.wording import shown

if TYPE_CHECKING:
    from stagewright.recipe.defaults_errors import DefaultsErrors


@frozen
class Composed:
    """A composed recipe.

    Attributes:
        config: plain values, interpolations resolved; keys that could not be resolved are left out.
        problems: what went wrong while composing, beside what can be used.
        looked_up: every path the composition asked for, existing or not.
        dropped: settings of presets for plugins in whose place others stand.
    """

    config: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    looked_up: frozenset[str] = frozenset()
    dropped: tuple[KeyPath, ...] = ()

    def explains(self, path: KeyPath) -> bool:
        """Whether a problem at `path` only follows from one found while composing."""
        return any(path[: len(item.path)] == item.path for item in self.problems if item.path)


def compose(file: RecipeFile, overrides: Sequence[str] = ()) -> Composed:
    """Compose a recipe; raises RecipeError where nothing at all can be composed."""
    with only_omegaconfs_own():
        return Composer(file, overrides).composed()


@dataclass
class Composer:
    """Composes one recipe; what goes wrong is noted in `problems`, and the rest goes on."""

    file: RecipeFile
    overrides: Sequence[str]
    problems: list[Problem] = field(default_factory=list)
    _absent: AbsentSource = field(default_factory=AbsentSource)

    def composed(self) -> Composed:
        """The whole recipe; raises RecipeError where nothing at all can be composed."""
        parsed = self.parsed()
        defaults = self.listed([item for item in parsed if self.is_choice(item)])
        config = self._from_files(defaults)
        for item in parsed:
            if not self.is_choice(item):
                self._apply(item, config)
        dropped = self._dropped(config, defaults)
        plain = self._resolved(config)
        self.problems += [*wrong_in_recipe(plain.pop("hydra", None)), *own_groups(self.file)]
        sources = (source for source in self._repository.get_sources() if isinstance(source, WatchedSource))
        looked_up = frozenset(path for source in sources for path in source.looked_up)
        return Composed(plain, tuple(dict.fromkeys(self.problems)), looked_up, dropped)

    # ---- overrides ------------------------------------------------------------------------------

    def parsed(self) -> list[Override]:
        """The overrides that can be applied; notes what is wrong with the others."""
        try:
            parsed = parsed_overrides(self.overrides)
        except RecipeError as error:
            self.problems += error.problems
            parsed = parsed_overrides(self.overrides, skip_wrong=True)
        return [item for item in parsed if self._is_usable(item)]

    def _is_usable(self, item: Override) -> bool:
        """Whether an override is for us and can be applied; notes why it cannot be."""
        said = wrong_override(item)
        if said:
            self._add(keys_of(item.key_or_group), said, item.input_line)
            return False
        if item.is_sweep_override():
            said = "has several values: add -m to run each, or quote the value if it is one"
        elif item.is_hydra_override():
            return False
        elif self.is_choice(item):
            if not self._repository.group_exists(item.key_or_group):
                said = f"there is no config group {item.key_or_group!r}; a setting is written with dots"
            elif not names_files(item):
                value = shown(item.value())
                said = f"chooses from the config group {item.key_or_group!r} by name, got {value}"
        if said:
            self._add((), said, item.input_line)
        return not said

    def is_choice(self, item: Override) -> bool:
        """Whether an override chooses from a config group, rather than sets a key."""
        if "/" in item.key_or_group or item.package is not None:
            return True
        if not is_group(self._repository, item):
            return False
        return not item.is_delete() or self._chosen(item.key_or_group)

    def is_shadowed(self, item: Override) -> bool:
        """Whether a group has the name of a key, and the defaults list chooses nothing from it."""
        return is_group(self._repository, item) and not self._chosen(item.key_or_group)

    def _chosen(self, group: str) -> bool:
        """Whether the defaults list chooses from a group: else `~group` means the recipe's own key."""
        try:
            defaults = self._defaults([], skip_missing=True)
        except (HydraException, ConfigCompositionException, ValueError, RecursionError):
            return True  # what is wrong with the list is said where the whole recipe is composed
        return any(item.config_path.startswith(f"{group}/") for item in defaults if item.config_path)

    def _apply(self, item: Override, config: DictConfig) -> None:
        try:
            if item.is_delete() and item.value() is None and _removed_null(config, item.key_or_group):
                return
            ConfigLoaderImpl._apply_overrides_to_config([appending(item)], config)
        except (HydraException, OmegaConfBaseException, ValueError, TypeError, IndexError) as error:
            # The cause says what is wrong; Hydra's own message only repeats the override.
            cause = error.__cause__ if str(error).startswith("Error merging") else error
            said = f"cannot be set: {' '.join(str(cause or error).split(chr(10))[0].split())}"
            if item.is_delete():
                said = f"cannot be removed: {why_not_removed(said)}"
            self._add(keys_of(item.key_or_group), said, item.input_line)

    # ---- files ----------------------------------------------------------------------------------

    @cached_property
    def _loader(self) -> ConfigLoaderImpl:
        loader = ConfigLoaderImpl(ConfigSearchPathImpl())
        files = [WatchedSource("stagewright", folder) for folder in self.file.search]
        schema = StructuredConfigSource("schema", "structured://")
        loader.repository.sources = [*files, self._absent, schema]
        return loader

    @cached_property
    def _repository(self) -> CachingConfigRepository:
        return CachingConfigRepository(self._loader.repository)

    def _from_files(self, defaults: Any) -> DictConfig:
        try:
            config = self._loader._compose_config_from_defaults_list(defaults, self._repository)
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            from stagewright.recipe.hydra_words import one_line

            self.problems.append(Problem("", one_line(error), Place(str(self.file.path), 1, 1)))
            raise RecipeError(self.problems) from error
        OmegaConf.set_struct(config, True)
        return config

    def _dropped(self, config: DictConfig, defaults: Any) -> tuple[KeyPath, ...]:
        chosen = [item for item in defaults if item.package not in (None, "", "_global_")]
        if not chosen:
            return ()
        from stagewright.recipe.left_over import dropped, unresolved

        found = ((item, self._repository.load_config(item.config_path)) for item in chosen)
        presets = [(item.config_path, item.package, unresolved(one.config)) for item, one in found if one]
        return dropped(config, presets, self.file, self.overrides)

    def listed(self, groups: list[Override]) -> Any:
        """The files of the defaults list. A choice that names nothing is noted, and the rest goes on."""
        try:
            return self._defaults(groups, skip_missing=False)
        except MissingConfigException as error:
            missing = self._wrong().missing(error)
            self.problems += missing.values()
            names = {f"{group}/{option}" for group, option in missing}
            if any(not group for group, _ in missing) or names <= self._absent.names:
                raise RecipeError(self.problems) from error  # without a base nothing else is certain
            self._absent.names |= names
            vars(self).pop("_repository", None)  # it remembers that there was no such file
            return self.listed(groups)
        except (HydraException, ConfigCompositionException, ValueError, RecursionError) as error:
            about = self._wrong().named_by(error, groups)
            self.problems.append(self._wrong().told(error, about))
            if about is None:
                raise RecipeError(self.problems) from error
            return self.listed([item for item in groups if item is not about])

    def _wrong(self) -> DefaultsErrors:
        from stagewright.recipe.defaults_errors import DefaultsErrors

        return DefaultsErrors(self.file, self.overrides, self._repository)

    def _defaults(self, groups: list[Override], skip_missing: bool) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = create_defaults_list(
                repo=self._repository,
                config_name=self.file.name,
                overrides_list=groups,
                prepend_hydra=False,
                skip_missing=skip_missing,
            ).defaults
        if (
            caught
        ):  # Hydra only warns, then lets the groups win over the recipe's own values: nobody means that
            said = self._wrong().without_self(caught)
            self.problems += [item for item in said if item not in self.problems]
        return found

    # ---- values ---------------------------------------------------------------------------------

    def _resolved(self, config: DictConfig) -> dict[str, Any]:
        try:
            plain: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
            if not _says_missing(plain):
                return plain
        except (OmegaConfBaseException, RecursionError, ValueError, TypeError, KeyError):
            pass  # one bad value hides all others: look at each of them alone
        from stagewright.recipe.interpolations import readable

        plain, problems = readable(config)
        self.problems += problems
        return plain

    def _add(self, path: KeyPath, message: str, override: str | None = None) -> None:
        place = override_place(override) if override else None
        found = problem(path, message)
        self.problems.append(Problem(found.key, message, place, path))


def _removed_null(config: DictConfig, key: str) -> bool:
    """Take out a key that is there and says `null`: to Hydra it is not there, and `~key` an error."""
    above, _, last = key.rpartition(".")
    node = OmegaConf.select(config, above) if above else config
    found = node._get_node(last, validate_access=False) if isinstance(node, DictConfig) else None
    if found is None or not found._is_none():
        return False
    with open_dict(node):
        del node[last]
    return True


def removes_key(file: RecipeFile, item: Override) -> bool:
    """Whether `~key` removes the recipe's own key, though a config group has its name."""
    composer = Composer(file, ())
    return item.is_delete() and composer.is_shadowed(item)


def _says_missing(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_says_missing(item) for item in value.values())
    if isinstance(value, list):
        return any(_says_missing(item) for item in value)
    return isinstance(value, str) and value == MISSING
