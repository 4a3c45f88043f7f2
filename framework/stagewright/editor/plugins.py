"""A plugin in a recipe as JSON Schema: a name, or a mapping whose `type:` says which settings may stand beside it.

Definitions, by name: `train.model` (a choice of the kind), `settings:train.model.unet` (what may stand beside
`type: unet`), `part:train.model` (the mapping where another file may say the type), `item:train.model` (a choice in
a list, which no other file completes).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from stagewright import lifecycle
from stagewright.contract import Component, Contract, Default
from stagewright.editor.values import INDIRECT, INDIRECTLY, Schema, of_type, or_indirect, told
from stagewright.frozen import frozen
from stagewright.plugin.registry import Found, PluginError, Registry
from stagewright.plugin.settings import Setting, settings_of

NULL: Schema = {"type": "null"}


def ref(name: str) -> Schema:
    """A definition by name."""
    return {"$ref": f"#/definitions/{name}"}


@frozen
class Described:
    """A plugin that can be used: what an editor shows of it, and what it takes."""

    name: str
    doc: str
    settings: Mapping[str, Setting]


class Plugins:
    """Every definition about plugins of one registry.

    Attributes:
        left_out: one line for each plugin that cannot be used.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.left_out: list[str] = []
        self._said: dict[tuple[str, str, str], Schema] = {}
        self._known: dict[str, tuple[Described, ...]] = {}

    def of_kind(self, kind: str) -> tuple[Described, ...]:
        """All plugins of a kind that can be used, by name."""
        if kind not in self._known:
            names = dict.fromkeys(found.name for found in self.registry.names(kind))
            self._known[kind] = tuple(item for name in names if (item := self._described(kind, name)))
        return self._known[kind]

    def _described(self, kind: str, name: str) -> Described | None:
        try:
            plugin = self.registry.load(kind, name)
            settings = settings_of(plugin.function)
        except PluginError as error:
            self.left_out.append(str(error))
            return None
        except (TypeError, NameError, SyntaxError) as error:
            self.left_out.append(f"{kind} plugin {name!r}: {error}")
            return None
        return Described(name, _doc(plugin.found, plugin.function), settings)

    @cached_property
    def definitions(self) -> dict[str, Schema]:
        """Of every kind."""
        found: dict[str, Schema] = {"indirect": INDIRECTLY}
        for kind in lifecycle.contracts():
            for plugin in self.of_kind(kind):
                found[f"settings:{kind}.{plugin.name}"] = self._settings(kind, plugin)
            part = self.mapping(kind)
            found[f"part:{kind}"] = part
            found[kind] = {"anyOf": [self._names(kind), ref(f"part:{kind}"), INDIRECT]}
            whole = {"allOf": [ref(f"part:{kind}"), {"required": ["type"]}]}
            found[f"item:{kind}"] = {"anyOf": [self._names(kind), whole, INDIRECT]}
        return found

    def mapping(
        self, kind: str, default: str | None = None, also: Mapping[str, Schema] | None = None
    ) -> Schema:
        """A mapping with `type:`.

        Args:
            kind: the contract's name.
            default: plugin that is meant where no type is said; None: the type may be said in another file.
            also: further keys that may stand in it.
        """
        known, also = self.of_kind(kind), also or {}
        branches = [
            {
                "if": {"properties": {"type": {"enum": [plugin.name]}}, "required": ["type"]},
                "then": self._with(kind, plugin.name, also),
            }
            for plugin in known
        ]
        meant = any(plugin.name == default for plugin in known)
        untyped = self._with(kind, default, also) if default and meant else self._union(kind, also)
        branches.append({"if": {"not": {"required": ["type"]}}, "then": untyped})
        return {"type": "object", "properties": {"type": self._type(kind, default)}, "allOf": branches}

    def setting(self, kind: str, plugin: Described, item: Setting) -> Schema:
        """What a recipe may say for one setting."""
        key = (kind, plugin.name, item.name)
        if key not in self._said:
            self._said[key] = _setting(item)
        return self._said[key]

    def _settings(self, kind: str, plugin: Described, also: Mapping[str, Schema] | None = None) -> Schema:
        own = {name: self.setting(kind, plugin, item) for name, item in plugin.settings.items()}
        about = {
            "type": {
                "anyOf": [{"type": "string", "enum": [plugin.name]}, INDIRECT],
                "description": plugin.doc,
            }
        }
        return {"properties": {**about, **own, **nested(kind), **(also or {})}, "additionalProperties": False}

    def _with(self, kind: str, name: str, also: Mapping[str, Schema]) -> Schema:
        if not also:
            return ref(f"settings:{kind}.{name}")
        return self._settings(kind, next(item for item in self.of_kind(kind) if item.name == name), also)

    def _union(self, kind: str, also: Mapping[str, Schema]) -> Schema:
        """The settings of all plugins of a kind, for a mapping whose type another file says."""
        found: dict[str, list[Schema]] = {}
        for plugin in self.of_kind(kind):
            for name, item in plugin.settings.items():
                schema = self.setting(kind, plugin, item)
                if schema not in found.setdefault(name, []):
                    found[name].append(schema)
        own = {name: same[0] if len(same) == 1 else _any(same) for name, same in found.items()}
        return {
            "properties": {"type": self._type(kind, None), **own, **nested(kind), **also},
            "additionalProperties": False,
        }

    def _names(self, kind: str) -> Schema:
        known = self.of_kind(kind)
        if not known:
            return dict(INDIRECT)
        docs = [plugin.doc for plugin in known]
        names = [plugin.name for plugin in known]
        return {"type": "string", "enum": names, "enumDescriptions": docs, "markdownEnumDescriptions": docs}

    def _type(self, kind: str, default: str | None) -> Schema:
        known = [plugin.name for plugin in self.of_kind(kind)]
        said = {"default": default} if default in known else {}
        names = self._names(kind)
        schema = names if names == INDIRECT else {"anyOf": [names, INDIRECT]}
        return {**schema, "description": f"which plugin of kind `{kind}`", **said}


def _setting(item: Setting) -> Schema:
    default = {} if item.required else {"default": _plain(item.default)}
    doc = _description(item.annotation)
    if item.kind is None:
        return told(of_type(item.annotation), doc, **default)
    if item.many is None:
        schema = ref(item.kind)
    elif item.many is list:
        schema = or_indirect({"type": "array", "items": ref(f"item:{item.kind}")})
    else:
        schema = or_indirect({"type": "object", "additionalProperties": ref(item.kind)})
    if item.optional:
        schema = {"anyOf": [*schema.get("anyOf", [schema]), NULL]}
    what = f"{'plugins' if item.many else 'a plugin'} of kind `{item.kind}`"
    return told(schema, f"{doc} ({what})" if doc else what, **default)


def nested(kind: str) -> dict[str, Schema]:
    """Steps of their own that stand in another section: `objective.baseline`."""
    inside = (step for step in lifecycle.STEPS if step.at[:-1] == (kind,))
    return {step.at[-1]: {"anyOf": [ref(step.contract.name), NULL]} for step in inside}


def reachable(schema: Any, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """The definitions that a schema rests on, directly and through others."""
    wanted, found = list(_named(schema)), {}
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = definitions[name]
            wanted += _named(definitions[name])
    return dict(sorted(found.items()))


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(target := schema.get("$ref"), str):
            yield target.removeprefix("#/definitions/")
        for part in schema.values():
            yield from _named(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _named(part)


def _any(schemas: Iterable[Schema]) -> Schema:
    """Any of several schemas for settings of one name, each alternative once."""
    given = list(schemas)
    parts = [part for schema in given for part in schema.get("anyOf", [_bare(schema)])]
    unique = [part for i, part in enumerate(parts) if part not in parts[:i]]
    docs = list(dict.fromkeys(text for schema in given if (text := schema.get("markdownDescription"))))
    return {"anyOf": unique, "description": "\n\n".join(docs), "markdownDescription": "\n\nor: ".join(docs)}


def _bare(schema: Schema) -> Schema:
    return {
        key: value
        for key, value in schema.items()
        if key not in ("description", "markdownDescription", "default")
    }


def _doc(found: Found, function: Any) -> str:
    own = inspect.getdoc(function) or inspect.getdoc(inspect.getmodule(function)) or ""
    origin = "" if found.root.label == "bundled" else f"\n\n(from {found.root.label})"
    return own.partition("\n\nRaises:")[0] + origin


def _description(annotation: Any) -> str:
    for item in getattr(annotation, "__metadata__", ()):
        if text := getattr(item, "description", None):
            return str(text)
    return ""


def _plain(value: Any) -> Any:
    """A default as the recipe would say it."""
    if isinstance(value, Default):
        return (
            {"type": value.type, **{key: _plain(item) for key, item in value.settings.items()}}
            if value.settings
            else value.type
        )
    if isinstance(value, Component):
        return value.spec()
    if isinstance(value, Contract):
        return value.name
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return value
