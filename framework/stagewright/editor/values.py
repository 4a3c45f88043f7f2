"""A setting's type as JSON Schema, draft 7: what pydantic says of it, made to fit what a recipe may write.

A recipe is composed of several files and may say a value indirectly, so three rules are added: `${...}` and `???`
stand for any value; nothing is required of a mapping, which another file may complete, unless it stands in a list,
which no other file can; references are written out, because draft 7 ignores what stands beside one.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import PydanticUserError, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from stagewright.contract import DEFINITION

Schema = dict[str, Any]

# An interpolation in place of a value: a definition of every document, since it stands everywhere.
INDIRECT: Schema = {"$ref": "#/definitions/indirect"}
INDIRECTLY: Schema = {
    "type": "string",
    "pattern": r"^\?\?\?$|\$\{.+\}",
    "description": "a value said elsewhere: `${a.key}`, or `???` where another file or an override must say it",
}
ANYTHING: Schema = {}
_KEPT = ("type", "enum", "pattern", "format", "multipleOf", "minimum", "maximum", "exclusiveMinimum",
         "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
         "minProperties", "maxProperties")  # fmt: skip
# What a limit is called where it is told to a person.
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "of the form `{}`",
}
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "array": "list",
    "object": "mapping",
    "boolean": "true or false",
}


class _Lenient(GenerateJsonSchema):
    """What has no JSON Schema is left to `check`."""

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> Schema:
        return {}

    def emit_warning(self, kind: Any, detail: str) -> None:
        """A default that is no JSON is simply not told."""


def of_type(annotation: Any) -> Schema:
    """What a setting of this type may be in a recipe."""
    try:
        found = TypeAdapter(annotation).json_schema(schema_generator=_Lenient)
    except (PydanticUserError, NameError, TypeError):
        return dict(ANYTHING)  # `stagewright plugins` says what is wrong with the type
    return _Rewriter(found.pop("$defs", {})).rewritten(found)


def or_indirect(schema: Schema) -> Schema:
    """The schema, or an interpolation in its place."""
    if not schema or _is_plain_text(schema):
        return schema
    about: Schema = {
        key: schema[key] for key in ("description", "markdownDescription", "default") if key in schema
    }
    core = {key: value for key, value in schema.items() if key not in about}
    parts = core["anyOf"] if core.keys() == {"anyOf"} else [core]
    if INDIRECT in parts or any(_is_plain_text(part) for part in parts):
        return schema
    return {**about, "anyOf": [*parts, INDIRECT]}


def told(schema: Schema, doc: str, **said: Any) -> Schema:
    """The schema with what an editor shows beside it: the doc, the type, the limits, the `default` if one is given."""
    facts = _facts(schema)
    if "default" in said:
        shown = json.dumps(said["default"], default=str)
        facts.append(f"default `{shown}`" if len(shown) < 120 else "a default of several parts")
    text = inspect.cleandoc(doc)
    lines = [part for part in (text, "; ".join(facts)) if part]
    about: Schema = {"markdownDescription": "\n\n".join(lines)} if lines else {}
    if text:
        about["description"] = text
    if isinstance(default := said.get("default"), str | int | float | bool) and default != "":
        about["default"] = default
    return {**schema, **about}


def _facts(schema: Schema) -> list[str]:
    parts = [part for part in schema.get("anyOf", [schema]) if part != INDIRECT]
    kinds = [
        _WORDS.get(part["type"], part["type"]) for part in parts if "type" in part and "enum" not in part
    ]
    choices = [f"`{choice}`" for part in parts for choice in part.get("enum", ())]
    limits = [words.format(part[key]) for part in parts for key, words in _LIMITS.items() if key in part]
    return [text for text in (" or ".join(dict.fromkeys([*kinds, *choices])), ", ".join(limits)) if text]


def _is_plain_text(schema: Mapping[str, Any]) -> bool:
    """Whether any text fits, so that an interpolation does as well."""
    return schema.get("type") == "string" and not schema.keys() & {"enum", "pattern", "format", "minLength"}


class _Rewriter:
    """One pydantic schema in the words of this module."""

    def __init__(self, models: Mapping[str, Schema]) -> None:
        self.models = models
        self.inside: list[str] = []  # models being written out: one inside itself stays open

    def rewritten(self, given: Schema, whole: bool = False) -> Schema:
        """`whole`: it stands in a list, so no other file can complete it."""
        if "$ref" in given:
            return self._model(given, whole)
        if DEFINITION in given:
            return _described(given, {"$ref": f"#/definitions/{given[DEFINITION]}"})
        alternatives = given.get("anyOf") or given.get("oneOf")
        if alternatives:
            schema: Schema = {"anyOf": [self._core(part, whole) for part in alternatives]}
        else:
            schema = self._core(given, whole)
        return _described(given, or_indirect(schema))

    def _core(self, given: Schema, whole: bool) -> Schema:
        """Without the way out: an alternative among others has it once, for all of them."""
        if "$ref" in given or DEFINITION in given or "anyOf" in given or "oneOf" in given:
            found = self.rewritten(given, whole)
            parts = [part for part in found.get("anyOf", [found]) if part != INDIRECT]
            return parts[0] if len(parts) == 1 else {"anyOf": parts}
        schema = {key: given[key] for key in _KEPT if key in given}
        if "const" in given:
            schema["enum"] = [given["const"]]
        if "properties" in given:
            docs = _attributes(given.get("description", ""))
            schema["properties"] = {
                key: self._field(part, docs.get(key, ""), whole) for key, part in given["properties"].items()
            }
        if isinstance(given.get("additionalProperties"), dict):
            schema["additionalProperties"] = self.rewritten(given["additionalProperties"])
        elif "additionalProperties" in given:
            schema["additionalProperties"] = given["additionalProperties"]
        if whole and given.get("required"):
            schema["required"] = given["required"]
        if "prefixItems" in given:
            schema["items"] = [self.rewritten(part, True) for part in given["prefixItems"]]
        elif isinstance(given.get("items"), dict):
            schema["items"] = self.rewritten(given["items"], True)
        return schema

    def _model(self, given: Schema, whole: bool) -> Schema:
        name = given["$ref"].rpartition("/")[2]
        if name in self.inside:
            return dict(ANYTHING)
        self.inside.append(name)
        schema = self.rewritten(self.models[name], whole)
        self.inside.pop()
        return _described(given, schema)

    def _field(self, given: Schema, doc: str, whole: bool) -> Schema:
        schema = self.rewritten(given, whole)
        doc = given.get("description") or doc or schema.get("description", "")
        default = {"default": given["default"]} if "default" in given else {}
        return told(schema, doc, **default)


def _described(given: Schema, schema: Schema) -> Schema:
    doc = inspect.cleandoc(given.get("description", "")).partition("\n\nAttributes:")[0]
    return {**schema, "description": doc} if doc else schema


def _attributes(doc: str) -> dict[str, str]:
    """What a docstring says of each attribute, in Google's form."""
    inside = inspect.cleandoc(doc).partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w[\w, ]*): (.*(?:\n     .*)*)", inside, re.MULTILINE)
    return {name.strip(): " ".join(said.split()) for names, said in found for name in names.split(",")}
