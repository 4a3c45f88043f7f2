"""stagewright plugins: what a recipe can name, where it comes from, and which plugins are broken."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from typing import Any

from stagewright import lifecycle
from stagewright.nearest import suggestion
from stagewright.project import project
from stagewright.registry import Found, PluginError, Registry
from stagewright.schema import settings_of, shown, type_name


def main(args: list[str], _debug: bool) -> int:
    """List plugins by kind; with a name, one plugin's settings. Broken plugins are named, the rest go on."""
    parser = argparse.ArgumentParser(prog="stagewright plugins", description=__doc__)
    parser.add_argument("which", nargs="?", default="", help="a kind (`train.model`) or a plugin's name")
    parser.add_argument("--json", action="store_true")
    parsed = parser.parse_args(args)
    registry = Registry(project())
    found = [_described(registry, item) for kind in lifecycle.contracts() for item in registry.names(kind)]
    chosen = [item for item in found if parsed.which in ("", item["kind"], item["name"])]
    if parsed.json:
        sys.stdout.write(json.dumps(chosen, indent=2, default=str) + "\n")
    else:
        _print(chosen, detailed=bool(parsed.which))
    if parsed.which and not chosen:
        names = {*lifecycle.contracts(), *(item["name"] for item in found)}
        raise PluginError(
            f"no kind and no plugin is named {parsed.which!r}, {suggestion(parsed.which, names)}"
        )
    return 1 if any(item["error"] for item in chosen) else 0


def _described(registry: Registry, item: Found) -> dict[str, Any]:
    told = {"kind": item.kind, "name": item.name, "from": item.root.label, "file": str(item.path)}
    try:
        plugin = registry.load(item.kind, item.name)
        settings = settings_of(plugin.function)
    except PluginError as error:
        return told | {"error": str(error), "doc": "", "settings": []}
    except (TypeError, NameError) as error:
        return told | {"error": f"{item.path}: {error}", "doc": "", "settings": []}
    doc = inspect.getdoc(plugin.function) or inspect.getdoc(inspect.getmodule(plugin.function)) or ""
    rows = [
        {
            "name": setting.name,
            "type": type_name(setting.annotation) if not setting.kind else f"{setting.kind} plugin",
            "default": None if setting.required else shown(setting.default),
            "required": setting.required,
            "doc": _description(setting.annotation),
        }
        for setting in settings.values()
    ]
    return told | {"error": "", "doc": doc, "settings": rows}


def _description(annotation: Any) -> str:
    for item in getattr(annotation, "__metadata__", ()):
        if text := getattr(item, "description", None):
            return str(text)
    return ""


def _print(found: list[dict[str, Any]], detailed: bool) -> None:
    kind = ""
    for item in found:
        if item["kind"] != kind:
            kind = item["kind"]
            sys.stdout.write(f"{kind}\n")
        first = item["doc"].split("\n", 1)[0] if not item["error"] else f"BROKEN {item['error']}"
        origin = "" if item["from"] == "bundled" else f"  [{item['from']}]"
        sys.stdout.write(f"  {item['name']:<24} {first}{origin}\n")
        for setting in item["settings"] if detailed else []:
            default = "required" if setting["required"] else f"default {setting['default']}"
            sys.stdout.write(f"      {setting['name']}: {setting['type']}, {default}. {setting['doc']}\n")
