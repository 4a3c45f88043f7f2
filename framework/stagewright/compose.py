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

import yaml
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

from stagewright.config_source import AbsentSource, WatchedSource
from stagewright.errors import Place, Problem, RecipeError
from stagewright.frozen import frozen
from stagewright.hydra_rules import own_groups, wrong_in_recipe, wrong_override
from stagewright.keypath import KeyPath, keys_of, problem
from stagewright.nearest import suggestion
from stagewright.quick_yaml import nodes
from stagewright.recipe import RecipeFile
from stagewright.wording import shown

MISSING = "???"
KEY = re.compile(r"[+~]{0,2}[A-Za-z_][\w-]*([./@:]\w[\w-]*)*")  # what may stand before the `=` of an override


@frozen
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
    return _Composer(file, overrides).replayed()


@dataclass
class _Composer:
    file: RecipeFile
    overrides: Sequence[str]
    problems: list[Problem] = field(default_factory=list)
    _absent: AbsentSource = field(default_factory=AbsentSource)

    def composed(self) -> Composed:
        parsed = self._parsed()
        config = self._from_files([item for item in parsed if self._is_group(item)])
        for item in parsed:
            if not self._is_group(item):
                self._apply(item, config)
        plain = self._resolved(config)
        self.problems += [*wrong_in_recipe(plain.pop("hydra", None)), *own_groups(self.file)]
        sources = (source for source in self._repository.get_sources() if isinstance(source, WatchedSource))
        looked_up = frozenset(path for source in sources for path in source.looked_up)
        return Composed(plain, tuple(dict.fromkeys(self.problems)), looked_up)

    def replayed(self) -> Replay:
        parsed = self._parsed()
        groups = [item for item in parsed if self._is_group(item)]
        chosen = {
            f"{entry.group}/{option}".lstrip("/"): entry.place
            for entry in default_entries(self.file.path)
            for option in entry.options
        }
        chosen |= {f"{item.key_or_group}/{item.value()}": override_place(item.input_line) for item in groups}
        files = [
            (path, item.package or "", chosen.get(item.config_path, Place(str(path), 1, 1)))
            for item in self._listed(groups)
            if (path := self._path(item.config_path))
        ]
        return Replay(tuple(files), tuple(item for item in parsed if item not in groups))

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
        return [item for item in parsed if self._is_usable(item)]

    def _is_usable(self, item: Override) -> bool:
        """Whether an override is for us and can be applied; notes why it cannot be."""
        said = wrong_override(item)
        if said:
            self._add(keys_of(item.key_or_group.replace("/", ".")), said, item.input_line)
            return False
        if item.is_sweep_override():
            said = "has several values: add -m to run each, or quote the value if it is one"
        elif item.is_hydra_override():
            return False
        elif self._is_group(item):
            if not self._repository.group_exists(item.key_or_group):
                said = f"there is no config group {item.key_or_group!r}; a setting is written with dots"
            elif not _names_files(item):
                value = shown(item.value())
                said = f"chooses from the config group {item.key_or_group!r} by name, got {value}"
        if said:
            self._add((), said, item.input_line)
        return not said

    def _is_group(self, item: Override) -> bool:
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
            ConfigLoaderImpl._apply_overrides_to_config([appending(item)], config)
        except (HydraException, OmegaConfBaseException, ValueError, TypeError, IndexError) as error:
            # The cause says what is wrong; Hydra's own message only repeats the override.
            cause = error.__cause__ if str(error).startswith("Error merging") else error
            said = f"cannot be set: {' '.join(str(cause or error).split(chr(10))[0].split())}"
            if item.is_delete():
                said = f"cannot be removed: {_why_not_removed(said)}"
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

    def _from_files(self, groups: list[Override]) -> DictConfig:
        defaults = self._listed(groups)
        try:
            config = self._loader._compose_config_from_defaults_list(defaults, self._repository)
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            self.problems.append(Problem("", _one_line(error), Place(str(self.file.path), 1, 1)))
            raise RecipeError(self.problems) from error
        OmegaConf.set_struct(config, True)
        return config

    def _listed(self, groups: list[Override]) -> Any:
        """The files of the defaults list. A choice that names nothing is noted, and the rest goes on."""
        try:
            return self._defaults(groups, skip_missing=False)
        except MissingConfigException as error:
            missing = self._missing_files(error)
            names = {f"{group}/{option}" for group, option in missing}
            if any(not group for group, _ in missing) or names <= self._absent.names:
                raise RecipeError(self.problems) from error  # without a base nothing else is certain
            self._absent.names |= names
            vars(self).pop("_repository", None)  # it remembers that there was no such file
            return self._listed(groups)
        except (HydraException, ConfigCompositionException, ValueError, RecursionError) as error:
            wrong = self._named_by(error, groups)
            self.problems.append(self._group_problem(error, wrong) if wrong else self._list_problem(error))
            if wrong is None:
                raise RecipeError(self.problems) from error
            return self._listed([item for item in groups if item is not wrong])

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
                found = Problem("defaults", advice, _place_of_list(path), ("defaults",))
                if found not in self.problems:
                    self.problems.append(found)

    def _missing_files(self, error: MissingConfigException) -> set[tuple[str, str]]:
        """Notes every entry of the recipe's own defaults list that names nothing; else what Hydra found.

        Gives (group, option) of each; a plain file has no group.
        """
        missing = {
            (entry.group, option): entry.place
            for entry in default_entries(self.file.path)
            for option in (() if entry.optional else entry.options)
            if not self._repository.config_exists(f"{entry.group}/{option}".lstrip("/"))
        }
        for text in self.overrides:
            group, _, option = text.lstrip("+~").partition("=")
            group = group.partition("@")[0]
            if error.missing_cfg_file == f"{group}/{option}":
                missing[group, option] = override_place(text)
        if not missing:
            group, _, option = str(error.missing_cfg_file).rpartition("/")
            missing[group, option] = self._place_named(str(error), option)
        for (group, option), place in missing.items():
            self._missing(group, option, place)
        return set(missing)

    def _place_named(self, said: str, option: str) -> Place:
        """Where a file that Hydra's message names (`In 'a/b': ...`) chooses an option."""
        named = re.match(r"In '([^']*)'", said)
        path = (self._path(named[1]) if named else None) or self.file.path
        files = dict.fromkeys(
            [path, *self._composed_files()]
        )  # an `override` is said elsewhere than it is missed
        places = (entry.place for file in files for entry in default_entries(file) if option in entry.options)
        return next(places, _place_of_list(path))

    def _composed_files(self) -> list[Path]:
        """The files that the defaults list and the overrides choose, as far as there are any."""
        words = [text.lstrip("+~").partition("=") for text in self.overrides]
        chosen = [f"{group.partition('@')[0]}/{option}" for group, _, option in words]
        found = [self.file.path, *(path for name in chosen if (path := self._path(name)))]
        for path in found:  # grows while it is walked
            names = [f"{e.group}/{option}".lstrip("/") for e in default_entries(path) for option in e.options]
            found += [file for name in names if (file := self._path(name)) and file not in found]
        return found

    def _missing(self, group: str, option: str, place: Place) -> None:
        if group and not self._repository.group_exists(group):
            said = f"there is no config group {group!r}"
        else:
            known = self._repository.get_group_options(group) if group else self._beside()
            said = f"no config {option!r}, {suggestion(option, known, 'config')}"
        key, path = f"defaults.{group}" if group else "defaults", tuple(group.split("/")) if group else ()
        self.problems.append(Problem(key, said, place, path))

    def _beside(self) -> list[str]:
        files = (path for folder in self.file.search for path in folder.glob("*.yaml"))
        return [path.stem for path in files if path != self.file.path]

    def _named_by(self, error: Exception, groups: list[Override]) -> Override | None:
        """The override that an error of the defaults list is about, if it is about one."""
        said = str(error)
        named = (item for item in groups if item.key_or_group in said or (item.input_line or "") in said)
        return next(named, None)

    def _group_problem(self, error: Exception, item: Override) -> Problem:
        said, line = _one_line(error), item.input_line or ""
        inside = re.match(r"In '([^']*)': Could not override '([^'@]*)", said)
        if inside and (file := self._path(inside[1])) and inside[1].startswith(f"{item.key_or_group}/"):
            advice = f"`override /{inside[2].lstrip('/')}` below `# @package _global_`, the file's first line"
            found = f"nothing chooses from {inside[2]!r} where this file is put; an experiment says {advice}"
            return Problem("defaults", found, _place_of_list(file))
        if "No match in the defaults list" in said or "Could not " in said:
            advice = "there is nothing to remove" if item.is_delete() else f"add it with '+{line}'"
            said = f"the recipe's defaults list has no {item.key_or_group!r}; {advice}"
        path = tuple(item.key_or_group.split("/"))
        return Problem(item.key_or_group, said, override_place(line), path)

    def _list_problem(self, error: Exception) -> Problem:
        if isinstance(error, RecursionError):
            place = self._nested(self.file.path, "", ()) or _place_of_list(self.file.path)
            return Problem(
                "defaults", "is nested in itself: this entry leads back to the file it stands in", place
            )
        said, place = _one_line(error), _place_of_list(self.file.path)
        for entry in default_entries(self.file.path):
            if any(part in said for part in (entry.group, *entry.options) if part):
                place = entry.place
        if group := re.match(r"You must specify '([^']*)'", said):
            known = ", ".join(self._repository.get_group_options(group[1]))
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
                found = self._path(name)
                if found in (*above, path):
                    return entry.place
                inner = self._nested(found, name.rpartition("/")[0], (*above, path)) if found else None
                if inner:
                    return inner
        return None

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
            self._add(path, _interpolation_problem(str(raw._value()), error, node))
            return _BAD

    def _add(self, path: KeyPath, message: str, override: str | None = None) -> None:
        place = override_place(override) if override else None
        found = problem(path, message)
        self.problems.append(Problem(found.key, message, place, path))


_BAD = object()


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
            said = f"is not an override ({str(error).splitlines()[0]}); write key=value, +key=value or ~key"
            if not KEY.fullmatch(text.partition("=")[0]):
                said += ", the key in letters, digits, `_`, `-`, `.`, `/`"
            elif "=" in text:
                said += ", a value with other signs in quotes: \"key='a > b'\""
            problems.append(Problem("", said, override_place(text)))
    if problems and not skip_wrong:
        raise RecipeError(problems)
    return parsed


def override_place(text: str | None) -> Place:
    """The place of what the command line says."""
    return Place(f"override {shown(text, 120)}")


def removes_key(file: RecipeFile, item: Override) -> bool:
    """Whether `~key` removes the recipe's own key, though a config group has its name."""
    composer = _Composer(file, ())
    return item.is_delete() and composer.is_shadowed(item)


def is_group(repository: Any, item: Override) -> bool:
    """Whether `key=value` chooses files of a config group, rather than sets a key of the recipe."""
    key = item.key_or_group
    if "/" in key or item.package is not None:
        return True
    known = "." not in key and repository.group_exists(key) and repository.get_group_options(key)
    return bool(known) and _names_files(item)


def _names_files(item: Override) -> bool:
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


@frozen
class DefaultEntry:
    """One entry of a defaults list: what it chooses (`options`) from which group, empty for a plain file.

    `absolute` entries start at the top, others at the group of the file they stand in.
    """

    place: Place
    group: str
    options: tuple[str, ...]
    optional: bool = False
    absolute: bool = False


def default_entries(path: Path) -> Iterator[DefaultEntry]:
    """Each entry of a file's own defaults list, `_self_` left out."""
    found = _defaults_node(path)
    if not found or not isinstance(found[1], yaml.SequenceNode):
        return
    for entry in found[1].value:
        place = _place(path, entry)
        if isinstance(entry, yaml.ScalarNode) and entry.value != "_self_":
            name = entry.value.partition("@")[0]
            yield DefaultEntry(place, "", (name.lstrip("/"),), absolute=name.startswith("/"))
        elif isinstance(entry, yaml.MappingNode):
            for key, value in entry.value:
                words = str(key.value).split() or [""]
                options = value.value if isinstance(value, yaml.SequenceNode) else [value]
                given = [str(item.value) for item in options if isinstance(item, yaml.ScalarNode)]
                named = tuple(name for name in given if name not in ("null", "~", "", MISSING))
                group = words[-1].partition("@")[0]
                absolute = group.startswith("/")
                yield DefaultEntry(place, group.lstrip("/"), named, "optional" in words, absolute)


def _place_of_list(path: Path) -> Place:
    found = _defaults_node(path)
    return _place(path, found[0]) if found else Place(str(path), 1, 1)


def _defaults_node(path: Path) -> tuple[yaml.Node, yaml.Node] | None:
    """Key and value of a file's defaults list."""
    try:
        root = nodes(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, ValueError, RecursionError):
        return None  # what is wrong with the file is said where it is loaded
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return next(((key, value) for key, value in pairs if key.value == "defaults"), None)


def _place(path: Path, node: yaml.Node) -> Place:
    return Place(str(path), node.start_mark.line + 1, node.start_mark.column + 1)


def _why_not_removed(said: str) -> str:
    if "does not exist" in said:
        return "it is not there"
    if found := re.search(r"is (.*) and not (.*?)\.?$", said):
        return f"its value is {found[1]}, not {found[2]}"
    return "one item of a list cannot be removed, write the whole list"


def _interpolation_problem(text: str, error: Exception, node: Any) -> str:
    if isinstance(error, RecursionError) or "ecursive" in str(error):
        return f"{text!r} refers to itself"
    said = _one_line(error)
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
