"""What exporters of every section are handed and give: a recipe's section in another system's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stagewright.frozen import frozen


@frozen
class ExportInputs:
    """One section of a checked recipe, on its way to files.

    Attributes:
        name: the recipe's name.
        section: its settings as plain values, defaults included (`Component.spec`).
        folder: where files go; there already.
        version: of the package that is meant, empty where nothing was deployed yet.
        stable: of the package in service, empty where there is none.
    """

    name: str
    section: Mapping[str, Any]
    folder: Path
    version: str = ""
    stable: str = ""


@frozen
class Exported:
    """What an exporter wrote.

    Attributes:
        files: names below the folder.
        unmapped: what the recipe says and the target cannot express, one sentence each; never dropped in silence.
    """

    files: Sequence[str]
    unmapped: Sequence[str] = ()
