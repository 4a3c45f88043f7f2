"""A whole file as JSON Schema: a recipe, or a file of a config group, each with its defaults list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module

from stagewright import lifecycle
from stagewright.editor.choices import Choices
from stagewright.editor.plugins import NULL, Plugins, reachable, ref
from stagewright.editor.values import INDIRECT, Schema, told
from stagewright.recipe.hydra_rules import HYDRA_KEYS

DRAFT = "http://json-schema.org/draft-07/schema#"
ANYWHERE = "_global_"  # a group's file with this package says whole sections: an experiment


class Documents:
    """The schema of every kind of file in a project.

    Attributes:
        plugins: what can be named.
        choices: what a defaults list can choose from.
    """

    def __init__(self, plugins: Plugins, choices: Choices) -> None:
        self.plugins = plugins
        self.choices = choices

    def all(self) -> Iterator[tuple[str, Schema]]:
        """(name, schema) of each: `recipe`, then every config group, as `train/model`."""
        yield "recipe", self.recipe
        for group in self.groups:
            yield group, self.group(group)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Every group that a file can belong to: sections, mappings inside them, and folders that there are."""
        inside = [
            f"{section.name}/{name}"
            for section in self._sections.values()
            for name, schema in self._inside(section.name).items()
            if any(_is_mapping(part) for part in self._written_out(schema))
        ]
        known = {*self._sections, *inside, "experiment"}
        return tuple(sorted(known | {group for group in self.choices.groups if self._is_known(group, known)}))

    def group(self, name: str) -> Schema:
        """What a file of a config group may say."""
        defaults = {"defaults": self.choices.defaults_list(name)}
        if name == "experiment" or ANYWHERE in self.choices.packages(name):
            schema = self._whole(
                defaults, partial=True, about=f"Changes to a recipe, chosen by `+{name}=NAME`."
            )
        elif name in self._sections:
            schema = self.plugins.mapping(self._sections[name].contract.name, None, defaults)
        else:
            schema = self._part(name, defaults)
        return self._document(schema)

    @cached_property
    def recipe(self) -> Schema:
        """What a recipe may say."""
        defaults = {"defaults": self.choices.defaults_list("")}
        schema = self._whole(
            defaults, partial=False, about="One recipe: a section per part of the lifecycle."
        )
        return self._document(schema)

    @cached_property
    def definitions(self) -> dict[str, Schema]:
        """Of plugins, and of sections: `section:train` stands alone, `partial:train` is laid over another file's."""
        found = dict(self.plugins.definitions)
        for name, section in self._sections.items():
            kind = section.contract.name
            found[f"alone:{name}"] = self.plugins.mapping(kind, section.default)
            found[f"partial:{name}"] = ref(f"part:{kind}")
            for way in ("alone", "partial"):
                found[f"{way}-section:{name}"] = self._section(section, ref(f"{way}:{name}"))
        return found

    def _section(self, section: lifecycle.Section, mapping: Schema) -> Schema:
        names = self.plugins.definitions[section.contract.name]["anyOf"][0]
        items = self._items(section)
        return {"anyOf": [mapping, *items, names, NULL, INDIRECT]}

    def _items(self, section: lifecycle.Section) -> list[Schema]:
        """The list that may stand in place of a section: `metrics: [iou, dice]`."""
        known = [self._settings(section.contract.name, section.default), self._inside(section.name)]
        schemas = (
            settings[section.items] for settings in known if section.items and section.items in settings
        )
        parts = [part for part in self._written_out(next(schemas, {})) if part.get("type") == "array"]
        return parts[:1]

    @cached_property
    def _sections(self) -> dict[str, lifecycle.Section]:
        beside = (value for value in vars(lifecycle).values() if isinstance(value, lifecycle.Section))
        found = {section.name: section for section in (*lifecycle.STEPS, *beside) if len(section.at) == 1}
        return {name: found[name] for name in (*lifecycle.SECTIONS, *lifecycle.EXTRAS) if name in found}

    def _whole(self, also: Mapping[str, Schema], partial: bool, about: str) -> Schema:
        """A recipe; where a defaults list brings in other files, its sections may be parts."""
        extras = {"hydra": _HYDRA, **_EXTRAS}
        names = {name: {"description": _first_line(section)} for name, section in self._sections.items()}
        alone, parts = (
            {"properties": {name: ref(f"{way}-section:{name}") for name in names}}
            for way in ("alone", "partial")
        )
        schema = {
            "type": "object",
            "description": about,
            "properties": {**also, **extras, **names},
            "additionalProperties": False,
        }
        if partial:
            return {**schema, "allOf": [parts]}
        return {**schema, "if": {"required": ["defaults"]}, "then": parts, "else": alone}

    def _part(self, group: str, also: Mapping[str, Schema]) -> Schema:
        """A mapping inside a section, as a file: `monitor/retrain`."""
        section, _, name = group.partition("/")
        parts = [part for part in self._written_out(self._inside(section)[name]) if _is_mapping(part)]
        files = [self._as_file(part, also) for part in parts]
        return files[0] if len(files) == 1 else {"anyOf": files}

    def _as_file(self, part: Schema, also: Mapping[str, Schema]) -> Schema:
        if kind := part.get(_KIND):
            return self.plugins.mapping(kind, None, also)
        return {**part, "properties": {**also, **part.get("properties", {})}}

    def _inside(self, section: str) -> dict[str, Schema]:
        """Every setting of a section's plugins, and the steps inside it."""
        kind = self._sections[section].contract.name
        union = self.plugins.mapping(kind)["allOf"][-1]["then"]["properties"]
        return {name: schema for name, schema in union.items() if name != "type"}

    def _settings(self, kind: str, name: str | None) -> dict[str, Schema]:
        known = self.plugins.definitions.get(f"settings:{kind}.{name}", {})
        found: dict[str, Schema] = known.get("properties", {})
        return found

    def _written_out(self, schema: Schema) -> Iterator[Schema]:
        """The alternatives of a schema; a choice of plugins as `{x-kind: train.model}`."""
        for part in schema.get("anyOf", [schema]):
            target = str(part.get("$ref", "")).removeprefix("#/definitions/")
            yield {_KIND: target} if target in lifecycle.contracts() else part

    def _is_known(self, group: str, known: set[str]) -> bool:
        return group in known or ANYWHERE in self.choices.packages(group)

    def _document(self, schema: Schema) -> Schema:
        definitions = reachable(schema, self.definitions)
        return {"$schema": DRAFT, **schema, "definitions": definitions}


_KIND = "x-kind"
_EXTRAS: Mapping[str, Schema] = {
    "name": told(
        {"anyOf": [{"type": "string", "pattern": r"^[^\W\d][\w.-]*$", "maxLength": 100}, INDIRECT]},
        "What releases, packages and the registry call it; the file's name if not said.",
    ),
    "description": {"type": "string", "description": "What it is for, in a line."},
    "seed": told(
        {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 2**32 - 1}, INDIRECT]},
        "All randomness follows from it.",
        default=0,
    ),
}


def _hydra(keys: Sequence[str]) -> Schema:
    """The few things that a recipe may say about Hydra."""
    properties: dict[str, Schema] = {}
    for key in keys:
        node, leaf = key.split(".")
        found = properties.setdefault(
            node, {"type": "object", "properties": {}, "additionalProperties": False}
        )
        found["properties"][leaf] = {}
    return {
        "type": "object",
        "description": "How Hydra sweeps, and where.",
        "properties": properties,
        "additionalProperties": False,
    }


_HYDRA = _hydra(HYDRA_KEYS)


def _first_line(section: lifecycle.Section) -> str:
    """What a section is for, from its contract's module."""
    module = import_module(f"stagewright.stages.{section.name}")
    return (module.__doc__ or "").strip().partition("\n")[0].partition(": ")[2]


def _is_mapping(schema: Schema) -> bool:
    return _KIND in schema or schema.get("type") == "object"
