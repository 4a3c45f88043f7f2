"""stagewright plugins: what a recipe can name, where it comes from, and which plugins are broken."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stagewright import lifecycle
from stagewright.explain.catalogue import Entry, entry
from stagewright.nearest import suggestion
from stagewright.plugin.registry import PluginError, Registry
from stagewright.recipe.project import project


def main(args: list[str], _debug: bool) -> int:
    """List plugins by kind; with a name, one plugin's settings. Broken plugins are named, the rest go on.

    Gives 1 where one of them is broken, or an installed package is not where its entry point says.
    """
    parser = argparse.ArgumentParser(prog="stagewright plugins", description=__doc__)
    parser.add_argument("which", nargs="?", default="", help="a kind (`train.model`) or a plugin's name")
    parser.add_argument("--json", action="store_true", help="everything that is known of them")
    parser.add_argument(
        "--docs", metavar="FOLDER", help="write one Markdown page per kind into a folder, and an index"
    )
    parsed = parser.parse_args(args)
    registry = Registry(project())
    if parsed.docs:
        return _docs(Path(parsed.docs), registry)
    found = [item for kind in lifecycle.contracts() for item in registry.names(kind)]
    chosen = [entry(registry, item) for item in found if parsed.which in ("", item.kind, item.name)]
    if parsed.json:
        sys.stdout.write(json.dumps([_told(item) for item in chosen], indent=2, default=str) + "\n")
    else:
        _print(chosen, detailed=bool(parsed.which))
    for lost in registry.lost:
        sys.stderr.write(f"{lost}\n")
    if parsed.which and not chosen:
        names = {*lifecycle.contracts(), *(item.name for item in found)}
        raise PluginError(
            f"no kind and no plugin is named {parsed.which!r}, {suggestion(parsed.which, names)}"
        )
    return 1 if registry.lost or any(item.error for item in chosen) else 0


def _docs(folder: Path, registry: Registry) -> int:
    from stagewright.explain.reference import pages

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(registry).items():
        (folder / name).write_text(text, encoding="utf-8")
    sys.stdout.write(
        f"wrote {folder / 'index.md'} and a page for each of {len(lifecycle.contracts())} kinds\n"
    )
    return 0


def _told(item: Entry) -> dict[str, Any]:
    settings = [
        {
            "name": name,
            "type": meant.type,
            "limits": list(meant.limits),
            "choices": list(meant.choices),
            "default": meant.default,
            "required": name in item.required,
            "doc": meant.doc,
        }
        for name, meant in item.settings.items()
    ]
    return {
        "kind": item.found.kind,
        "name": item.found.name,
        "from": item.found.root.label,
        "file": str(item.found.path),
        "error": item.error,
        "doc": item.doc,
        "facts": item.facts,
        "settings": settings,
    }


def _print(found: Sequence[Entry], detailed: bool) -> None:
    kind = ""
    for item in found:
        if item.found.kind != kind:
            kind = item.found.kind
            sys.stdout.write(f"{kind}\n")
        first = item.doc.split("\n", 1)[0] if not item.error else f"BROKEN {item.error}"
        origin = "" if item.found.root.label == "bundled" else f"  [{item.found.root.label}]"
        sys.stdout.write(f"  {item.found.name:<24} {first}{origin}\n")
        for name, meant in item.settings.items() if detailed else ():
            default = "required" if name in item.required else f"default {meant.default}"
            kind_of = " ".join([meant.type, *meant.limits])
            sys.stdout.write(f"      {name}: {kind_of}, {default}. {meant.doc}\n")
