"""A recipe and its overrides composed by Hydra into plain values, with everything that is wrong at once.

Hydra's own node (`hydra:`) is left out: `check`, `plan` and `run` do not need it, and it costs a fifth of the
composition. One rule is added to Hydra's: `a.b=v` also sets a key that the recipe does not say, because a
plugin's defaults stand in its signature, not in the recipe; a misspelt one is refused later by the schema.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra import MissingConfigException
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.structured_config_source import StructuredConfigSource
from hydra._internal.defaults_list import create_defaults_list
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import ConfigCompositionException, HydraException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from stagewright.config_source import WatchedSource
from stagewright.errors import Place, Problem, RecipeError
from stagewright.nearest import suggestion
from stagewright.recipe import RecipeFile
from stagewright.schema import KeyPath, problem

MISSING = "???"
# What a recipe may say about Hydra itself; the rest of that node can name code to run.
HYDRA_KEYS = ("sweeper.params", "sweeper.max_batch_size", "run.dir", "sweep.dir", "sweep.subdir", "job.name")


@dataclass(frozen=True)
class Composed:
    """A composed recipe.

    Attributes:
        config: plain values, interpolations resolved; keys that could not be resolved are left out.
        problems: what went wrong while composing, beside what can be used.
        looked_up: every path the composition asked for, existing or not.
    """

    config: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    looked_up: frozenset[str] = frozenset()

    def explains(self, path: KeyPath) -> bool:
        """Whether a problem at `path` only follows from one found while composing."""
        return any(path[: len(item.path)] == item.path for item in self.problems if item.path)


def compose(file: RecipeFile, overrides: Sequence[str] = ()) -> Composed:
    """Compose a recipe; raises RecipeError where nothing at all can be composed."""
    return _Composer(file, overrides).composed()


@dataclass(frozen=True)
class Replay:
    """What a composition is made of, in order: the files of the defaults list, then value overrides.

    Attributes:
        files: (file, package it is put under); the last one that says a key wins.
        overrides: value overrides, laid over the files.
    """

    files: tuple[tuple[Path, str], ...]
    overrides: tuple[Override, ...]


def replay(file: RecipeFile, overrides: Sequence[str] = ()) -> Replay:
    """The parts of a composition, to find where a value was said; raises as Hydra does."""
    return _Composer(file, overrides).replayed()


@dataclass
class _Composer:
    file: RecipeFile
    overrides: Sequence[str]
    problems: list[Problem] = field(default_factory=list)

    def composed(self) -> Composed:
        parsed = self._parsed()
        config = self._from_files([item for item in parsed if self._is_group(item)])
        for item in parsed:
            if not self._is_group(item):
                self._apply(item, config)
        plain = self._resolved(config)
        self._refuse_hydra_keys(plain.pop("hydra", None))
        sources = (source for source in self._repository.get_sources() if isinstance(source, WatchedSource))
        looked_up = frozenset(path for source in sources for path in source.looked_up)
        return Composed(plain, tuple(self.problems), looked_up)

    def replayed(self) -> Replay:
        parsed = self._parsed()
        defaults = self._defaults([item for item in parsed if self._is_group(item)], skip_missing=False)
        files = [(self._path(item.config_path), item.package or "") for item in defaults]
        values = [item for item in parsed if not self._is_group(item)]
        return Replay(tuple((path, package) for path, package in files if path), tuple(values))

    def _path(self, config_path: str) -> Path | None:
        name = f"{config_path.removesuffix('.yaml')}.yaml"
        return next((path for folder in self.file.search if (path := folder / name).is_file()), None)

    # ---- overrides ------------------------------------------------------------------------------

    def _parsed(self) -> list[Override]:
        try:
            parsed = parsed_overrides(self.overrides)
        except RecipeError as error:
            self.problems += error.problems
            parsed = parsed_overrides(self.overrides, skip_wrong=True)
        several = [item for item in parsed if item.is_sweep_override()]
        for item in several:
            said = "has several values: add -m to run each, or quote the value if it is one"
            self._add((), said, item.input_line)
        ours = [item for item in parsed if item not in several and not item.is_hydra_override()]
        unknown = [item for item in ours if self._is_group(item) and not self._has_group(item)]
        for item in unknown:
            said = f"there is no config group {item.key_or_group!r}; a setting is written with dots"
            self._add((), said, item.input_line)
        return [item for item in ours if item not in unknown]

    def _is_group(self, item: Override) -> bool:
        if "/" in item.key_or_group or item.package is not None:
            return True
        if "." in item.key_or_group or not self._has_group(item):
            return False
        return not item.is_delete() or self._chosen(item.key_or_group)

    def _chosen(self, group: str) -> bool:
        """Whether the defaults list chooses from a group: else `~group` means the recipe's own key."""
        try:
            defaults = self._defaults([], skip_missing=True)
        except (HydraException, ConfigCompositionException, ValueError, RecursionError):
            return True  # what is wrong with the list is said where the whole recipe is composed
        return any(item.config_path.startswith(f"{group}/") for item in defaults if item.config_path)

    def _has_group(self, item: Override) -> bool:
        return self._repository.group_exists(item.key_or_group)

    def _apply(self, item: Override, config: DictConfig) -> None:
        try:
            ConfigLoaderImpl._apply_overrides_to_config([appending(item)], config)
        except (HydraException, OmegaConfBaseException, ValueError, TypeError, IndexError) as error:
            # The cause says what is wrong; Hydra's own message only repeats the override.
            cause = error.__cause__ if str(error).startswith("Error merging") else error
            said = " ".join(str(cause or error).split("\n")[0].split())
            self._add(keys_of(item.key_or_group), f"cannot be set: {said}", item.input_line)

    # ---- files ----------------------------------------------------------------------------------

    @cached_property
    def _loader(self) -> ConfigLoaderImpl:
        loader = ConfigLoaderImpl(ConfigSearchPathImpl())
        files = [WatchedSource("stagewright", folder) for folder in self.file.search]
        loader.repository.sources = [*files, StructuredConfigSource("schema", "structured://")]
        return loader

    @cached_property
    def _repository(self) -> CachingConfigRepository:
        return CachingConfigRepository(self._loader.repository)

    def _from_files(self, groups: list[Override]) -> DictConfig:
        try:
            defaults = self._defaults(groups, skip_missing=False)
        except MissingConfigException as error:
            self._missing_groups(error)
            raise RecipeError(self.problems) from error
        except (HydraException, ConfigCompositionException, ValueError, RecursionError) as error:
            self.problems.append(self._composition_problem(error, groups))
            raise RecipeError(self.problems) from error
        try:
            config = self._loader._compose_config_from_defaults_list(defaults, self._repository)
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            self.problems.append(Problem("", _one_line(error), Place(str(self.file.path), 1, 1)))
            raise RecipeError(self.problems) from error
        OmegaConf.set_struct(config, True)
        return config

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
        self._without_self(caught)
        return found

    def _without_self(self, caught: Sequence[warnings.WarningMessage]) -> None:
        """Hydra only warns, then lets the groups win over the recipe's own values: nobody means that."""
        for said in {str(item.message) for item in caught}:
            if named := re.match(r"In '([^']*)': Defaults list is missing `_self_`", said):
                path = self._path(named[1]) or self.file.path
                advice = "say where the file's own values stand: add `- _self_` as the last entry"
                self.problems.append(Problem("defaults", advice, Place(str(path), 1, 1), ("defaults",)))

    def _missing_groups(self, error: MissingConfigException) -> None:
        """Every entry of the recipe's own defaults list that names nothing; else what Hydra found."""
        known = len(self.problems)
        for line, column, group, option in default_entries(self.file):
            path = f"{group}/{option}" if group else option
            if not self._repository.config_exists(path):
                self._missing(group, option, Place(str(self.file.path), line, column))
        for text in self.overrides:
            group, _, option = text.lstrip("+~").partition("=")
            group = group.partition("@")[0]
            if error.missing_cfg_file == f"{group}/{option}":
                self._missing(group, option, Place(f"override {text!r}"))
        if len(self.problems) == known:
            group, _, option = str(error.missing_cfg_file).rpartition("/")
            self._missing(group, option, Place(str(self.file.path), 1, 1))

    def _missing(self, group: str, option: str, place: Place) -> None:
        if group and not self._repository.group_exists(group):
            said = f"there is no config group {group!r}"
        else:
            known = self._repository.get_group_options(group) if group else self._beside()
            said = f"no config {option!r}, {suggestion(option, known, 'config')}"
        self.problems.append(Problem(f"defaults.{group}" if group else "defaults", said, place))

    def _beside(self) -> list[str]:
        return [path.stem for path in self.file.path.parent.glob("*.yaml") if path != self.file.path]

    def _composition_problem(self, error: Exception, groups: list[Override]) -> Problem:
        for item in groups:
            if item.key_or_group in str(error) or (item.input_line or "") in str(error):
                said = _one_line(error)
                if "No match in the defaults list" in said or "Could not override" in said:
                    line = item.input_line or ""
                    said = f"the recipe's defaults list has no {item.key_or_group!r}; add it with '+{line}'"
                    if not self._repository.group_exists(item.key_or_group):
                        said = f"there is no config group {item.key_or_group!r}"
                return Problem(item.key_or_group, said, Place(f"override {item.input_line!r}"))
        said = "is nested in itself" if isinstance(error, RecursionError) else _one_line(error)
        return Problem("defaults", said, Place(str(self.file.path), 1, 1))

    # ---- values ---------------------------------------------------------------------------------

    def _resolved(self, config: DictConfig) -> dict[str, Any]:
        try:
            plain: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
            if not _says_missing(plain):
                return plain
        except (OmegaConfBaseException, RecursionError, ValueError, TypeError, KeyError):
            pass  # one bad value hides all others: look at each of them alone
        return dict(self._mapping(config, ()))

    def _mapping(self, node: DictConfig, path: KeyPath) -> Iterator[tuple[str, Any]]:
        for key in list(node.keys()):
            value = self._value(node, key, (*path, str(key)))
            if value is not _BAD:
                yield str(key), value

    def _value(self, node: Any, key: Any, path: KeyPath) -> Any:
        raw = node._get_node(key)
        if raw._is_missing():
            self._add(path, f"missing value: the recipe says {MISSING}, set it")
            return _BAD
        if not raw._is_interpolation() and isinstance(raw, DictConfig) and not raw._is_none():
            return dict(self._mapping(raw, path))
        if not raw._is_interpolation() and isinstance(raw, ListConfig) and not raw._is_none():
            values = [self._value(raw, i, (*path, i)) for i in range(len(raw))]
            return [value for value in values if value is not _BAD]
        try:
            value = node[key]
            return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        except (OmegaConfBaseException, RecursionError, ValueError, TypeError, KeyError) as error:
            self._add(path, _interpolation_problem(str(raw._value()), error, node._get_root()))
            return _BAD

    def _refuse_hydra_keys(self, node: Any) -> None:
        for key in _flat(node) if isinstance(node, Mapping) else ():
            if not key.startswith(HYDRA_KEYS):
                path = ("hydra", *key.split("."))
                known = ", ".join(HYDRA_KEYS)
                self._add(path, f"a recipe cannot say this about Hydra (it can say {known})")

    def _add(self, path: KeyPath, message: str, override: str | None = None) -> None:
        place = Place(f"override {override!r}") if override else None
        found = problem(path, message)
        self.problems.append(Problem(found.key, message, place, path))


_BAD = object()


def parsed_overrides(overrides: Sequence[str], skip_wrong: bool = False) -> list[Override]:
    """Overrides by Hydra's grammar; raises RecipeError naming each that is not one."""
    parser, parsed, problems = OverridesParser.create(), [], []
    for text in overrides:
        try:
            parsed.append(parser.parse_override(text))
        except HydraException as error:
            said = f"is not an override ({str(error).splitlines()[0]}); write key=value, +key=value or ~key"
            problems.append(Problem("", said, Place(f"override {text!r}")))
    if problems and not skip_wrong:
        raise RecipeError(problems)
    return parsed


def appending(item: Override) -> Override:
    """`a.b=v` as `++a.b=v`: a plugin's default is a key that the recipe need not say."""
    if item.is_add() or item.is_delete() or item.is_force_add():
        return item
    from hydra.core.override_parser.types import OverrideType

    item.type = OverrideType.FORCE_ADD
    return item


def keys_of(dotted: str) -> KeyPath:
    """`a.b[2].c` or `a.b.2.c` as its parts."""
    words = re.split(r"[.\[\]]+", dotted.strip("."))
    return tuple(int(word) if word.isdigit() else word for word in words if word)


def default_entries(file: RecipeFile) -> Iterator[tuple[int, int, str, str]]:
    """(line, column, group, option) of each entry of the recipe's own defaults list."""
    import yaml

    node = yaml.compose(file.path.read_text(encoding="utf-8"))
    if not isinstance(node, yaml.MappingNode):
        return
    lists = (value for key, value in node.value if key.value == "defaults")
    for entry in (item for value in lists if isinstance(value, yaml.SequenceNode) for item in value.value):
        line, column = entry.start_mark.line + 1, entry.start_mark.column + 1
        if isinstance(entry, yaml.ScalarNode) and entry.value != "_self_":
            yield line, column, "", entry.value.partition("@")[0].lstrip("/")
        elif isinstance(entry, yaml.MappingNode):
            for key, value in entry.value:
                words = key.value.split()
                group = words[-1].partition("@")[0].lstrip("/")
                options = value.value if isinstance(value, yaml.SequenceNode) else [value]
                given = [item.value for item in options if item.value not in ("null", "~", "", MISSING)]
                if "optional" not in words:
                    yield from ((line, column, group, option) for option in given)


def _interpolation_problem(text: str, error: Exception, root: Any) -> str:
    if isinstance(error, RecursionError) or "ecursive" in str(error):
        return f"{text!r} refers to itself"
    said = _one_line(error)
    if found := re.search(r"Interpolation key '([^']*)' not found", said):
        return f"{text!r} refers to {found[1]!r}, which is not there, {_near_key(found[1], root)}"
    if found := re.search(r"Environment variable '([^']*)' not found", said):
        return f"{text!r}: the environment variable {found[1]} is not set; set it or give a default"
    if found := re.search(r"Unsupported interpolation type (\S+)", said):
        return f"{text!r}: there is no resolver {found[1]!r} (known: oc.env, oc.decode, oc.select, oc.create)"
    return f"{text!r} cannot be resolved: {said}"


def _near_key(dotted: str, root: Any) -> str:
    plain: Any = OmegaConf.to_container(root, resolve=False)
    known = list(_flat(plain))
    parents = {name.rpartition(".")[0] for name in known}
    return suggestion(dotted, [*known, *(name for name in parents if name)], "key")


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            yield from _flat(item, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _says_missing(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_says_missing(item) for item in value.values())
    if isinstance(value, list):
        return any(_says_missing(item) for item in value)
    return isinstance(value, str) and value == MISSING


def _one_line(error: BaseException) -> str:
    text = str(error) or str(error.__cause__ or type(error).__name__)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [
        line for line in lines if not line.startswith(("full_key:", "object_type=", "Config search path"))
    ]
    return " ".join(told[:2]) if told else type(error).__name__
