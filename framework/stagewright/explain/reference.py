"""The reference of plugins, one Markdown page per kind, made from contracts, examples, signatures and presets."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from stagewright import lifecycle
from stagewright.contract import Contract, NoFacts
from stagewright.explain.annotation import Meaning
from stagewright.explain.catalogue import Entry, entries
from stagewright.plugin.registry import Registry
from stagewright.recipe.recipe import bundled
from stagewright.scaffold.example import example
from stagewright.scaffold.plugin import place

MADE = "<!-- Made by `stagewright plugins --docs`; change contracts, examples or signatures instead. -->"
MODELINE = "# yaml-language-server"


def pages(registry: Registry) -> dict[str, str]:
    """Every page by its file's name: `index.md`, and `<kind>.md` for each kind."""
    found: dict[str, list[Entry]] = {kind: [] for kind in lifecycle.contracts()}
    for item in entries(registry):
        found[item.found.kind].append(item)
    made = {f"{kind}.md": _page(kind, items) for kind, items in found.items()}
    return {"index.md": _index(found)} | made


def _index(found: dict[str, list[Entry]]) -> str:
    rows = [
        f"| [{kind}]({kind}.md) | {_summary(kind)} | {', '.join(f'`{item.found.name}`' for item in items)} |"
        for kind, items in found.items()
    ]
    told = "Every kind of plugin: contract, example, what there is. How to write one: [the guide](../plugins.md)."
    return _text(MADE, "# Plugins", told, "\n".join(["| kind | | plugins |", "|---|---|---|", *rows]))


def _summary(kind: str) -> str:
    """The first sentence of what is said above a kind's contract, or of what is given, or handed over."""
    contract = lifecycle.contracts()[kind]
    classes = [_doc(item) for item in (contract.gives, contract.takes) if _ours(item)]
    said = [_said(kind), *classes] if "." in kind else [*classes, _said(kind)]
    return _cell(next((text.split(". ")[0].rstrip(".") for text in said if text), ""))


def _doc(kind: Any) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0].partition(":")[0]


def _page(kind: str, items: list[Entry]) -> str:
    shown, contract = example(kind), lifecycle.contracts()[kind]
    folder = kind.replace(".", "/")
    return _text(
        MADE,
        f"# {kind}",
        f"`plugins/{folder}/<name>.py`, marked `@{_mark(kind)}`. Named by: {_named(kind)}",
        _said(kind),
        "## Contract",
        f"`{_typed(kind)}`, in `stagewright.stages.{_module(kind)}`: what it is handed, and what it gives.",
        *_classes(kind, contract),
        "## Example",
        f"`stagewright new plugin {kind} NAME` begins with it, and with its test.",
        f"```python\n{shown.text.rstrip()}\n```",
        "## Plugins",
        *(_plugin(item) for item in items),
        "" if items else "None yet.",
        *_presets(folder),
    )


def _mark(kind: str) -> str:
    section, _, part = kind.rpartition(".")
    if kind == "objective.baseline":
        return "baseline.stage"
    return f"{section}.{part}" if section else f"{part}.stage"


def _module(kind: str) -> str:
    return "baseline" if kind == "objective.baseline" else kind.split(".", maxsplit=1)[0]


def _said(kind: str) -> str:
    """The comment above the contract in its module, as one paragraph."""
    module, name = _source(kind), _mark(kind).rpartition(".")[2]
    above = re.search(rf"((?:^#[^\n]*\n)+){name}: Contract\[", inspect.getsource(module), re.MULTILINE)
    lines = [line.removeprefix("#").strip() for line in above[1].splitlines()] if above else []
    return " ".join(line for line in lines if not line.startswith("----"))


def _named(kind: str) -> str:
    told = place(kind, "<name>")
    return told if "`" in told else f"`{told}`"


def _typed(kind: str) -> str:
    """The contract's type as its module writes it: `Contract[DetectorInputs, Sequence[Finding]]`."""
    return str(_source(kind).__annotations__[_mark(kind).rpartition(".")[2]])


def _source(kind: str) -> ModuleType:
    return import_module(f"stagewright.stages.{_module(kind)}")


def _ours(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.startswith("stagewright.")


def _classes(kind: str, contract: Contract[Any, Any]) -> Iterator[str]:
    """The classes that are handed over, given and declared, and names for further types, as they are written."""
    module = _source(kind)
    named = [getattr(module, name, None) for name in re.findall(r"\w+", _typed(kind))]
    shown = [item for item in (*named, contract.takes, contract.gives, contract.facts) if _ours(item)]
    for item in dict.fromkeys(shown):
        if item not in (NoFacts, Contract):
            yield f"```python\n{inspect.getsource(item).rstrip()}\n```"
    for name in dict.fromkeys(re.findall(r"\w+", _typed(kind))):
        alias = re.search(rf"(?:^#[^\n]*\n)*^{name} = [^\n]+", inspect.getsource(module), re.MULTILINE)
        if alias:
            yield f"```python\n{alias[0]}\n```"


def _plugin(item: Entry) -> str:
    if item.error:
        return _text(f"### {item.found.name}", f"Cannot be loaded: {item.error}").rstrip()
    doc = re.sub(r"\n(Raises|Args|Returns):\n((?:    .*\n?|\n)+)", _listed, item.doc + "\n").strip()
    origin = "" if item.found.root.label == "bundled" else f"From {item.found.root.label}."
    facts = f"Declares {item.facts}." if item.facts else ""
    return _text(f"### {item.found.name}", doc, facts, origin, _settings(item)).rstrip()


def _listed(found: re.Match[str]) -> str:
    """A part of a docstring as one line: `Raises: StagewrightError: no loss.`"""
    return f"\n{found[1]}: {' '.join(found[2].split())}\n"


def _settings(item: Entry) -> str:
    if not item.settings:
        return "No settings."
    rows = [_setting(name, meant, name in item.required) for name, meant in item.settings.items()]
    return "\n".join(["| setting | type | default | |", "|---|---|---|---|", *rows])


def _setting(name: str, meant: Meaning, required: bool) -> str:
    kind = ", ".join([_cell(meant.type), *map(_cell, meant.limits)])
    if meant.keys and "type" not in meant.keys:
        kind += f": {', '.join(f'`{key}`' for key in meant.keys)}"
    default = "required" if required else f"`{_cell(meant.default or '')}`" if meant.default else ""
    return f"| `{name}` | {kind} | {default} | {_cell(meant.doc)} |"


def _presets(folder: str) -> Iterator[str]:
    """Files of the config group that stands for the kind, each with what its first comment says."""
    files = sorted((bundled("conf") / folder).glob("*.yaml"))
    if files:
        yield "## Presets"
        yield "\n".join(f"- `{folder}: {file.stem}` {_comment(file)}".rstrip() for file in files)


def _comment(file: Path) -> str:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(MODELINE)]
    said = lines[0].removeprefix("#").strip() if lines and lines[0].startswith("#") else ""
    return _cell(said.partition(": ")[2]) if said.startswith("stagewright ") else _cell(said)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _text(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
