"""What a defaults list can choose from: the recipes and config groups of a project, as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from stagewright.editor.values import INDIRECT, Schema

_PACKAGE = re.compile(r"^\s*#\s*@package\s+(\S+)")  # Hydra reads it only at the very beginning


class Choices:
    """The files in the folders that Hydra looks in.

    Attributes:
        folders: as in `RecipeFile.search`, first hit wins.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every file by the name a defaults list has for it: `brain_tissue`, `train/model/unet`."""
        found: dict[str, Path] = {}
        for folder in self.folders:
            for path in sorted(folder.rglob("*.yaml")):
                found.setdefault(path.relative_to(folder).with_suffix("").as_posix(), path)
        return found

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """The options of each group, by its name: `train/model`."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.files):
            group, _, option = name.rpartition("/")
            if group:
                found.setdefault(group, []).append(option)
        return found

    def packages(self, group: str) -> set[str]:
        """The packages that a group's files ask to be put under, by `# @package`."""
        paths = (self.files[f"{group}/{option}"] for option in self.groups.get(group, ()))
        heads = (path.read_text(encoding="utf-8", errors="replace")[:512] for path in paths)
        return {found[1] for head in heads if (found := _PACKAGE.match(head))}

    def defaults_list(self, inside: str) -> Schema:
        """The defaults list of a file in the group `inside`; of a recipe, it is empty."""
        names = sorted(name for name in self.files if "/" in name or not inside)
        below = [short for name in names if (short := _from(name, inside))]
        # Offered are the shortest names; what may be written besides is only recognised.
        offered = {"type": "string", "enum": ["_self_", *below]}
        others = {
            "type": "string",
            "pattern": f"^/{'' if inside else '?'}({'|'.join(map(_literal, names))})(@.+)?$|.@.",
        }
        return {
            "type": "array",
            "description": "What is put together, in this order; what comes later wins. `_self_` is this file.",
            "items": {"anyOf": [offered, self._choice(inside), others, INDIRECT]},
        }

    def _choice(self, inside: str) -> Schema:
        """`{train/model: unet}`: one file of a group, or several."""
        properties: dict[str, Schema] = {}
        patterns: dict[str, Schema] = {}
        for group, options in self.groups.items():
            one = {"type": "string", "enum": options}
            parts = [one, {"type": "array", "items": one}, {"type": "null"}, INDIRECT]
            what: Schema = {"anyOf": parts, "description": f"one of the files of `{group}`"}
            maybe = {**what, "anyOf": [*parts, {"type": "string"}]}  # the file need not be there
            short = _from(group, inside)
            name = short or f"/{group}"
            properties |= {name: what, f"override {name}": what, f"optional {name}": maybe}
            either = f"(/{_literal(group)}{f'|{_literal(short)}' if short else ''})"
            patterns[f"^(override +)?{either}(@.+)?$"] = what
            patterns[f"^(override +)?optional +(override +)?{either}(@.+)?$"] = maybe
        return {
            "type": "object",
            "properties": properties,
            "patternProperties": patterns,
            "additionalProperties": False,
            "maxProperties": 1,
        }


def _from(name: str, inside: str) -> str:
    """A name as a file of the group `inside` can say it without a slash before it; empty if it cannot."""
    if not inside:
        return name
    return name.removeprefix(f"{inside}/") if name.startswith(f"{inside}/") else ""


def _literal(name: str) -> str:
    """A name in a regular expression that JavaScript reads, too: it refuses an escape that is not needed."""
    return re.sub(r"[.^$*+?()|{}\[\]\\]", r"\\\g<0>", name)
