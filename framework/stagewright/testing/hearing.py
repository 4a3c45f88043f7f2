"""What a test needs to call a plugin as the framework does: a context with ears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stagewright.context import Context
from stagewright.plugin.registry import Registry
from stagewright.report.blocks import Block
from stagewright.store import HOME


class Heard:
    """What a step said while it worked: its events and its report blocks."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.blocks: list[Block] = []

    def emit(self, event: str, /, **fields: Any) -> None:
        """Keep an event."""
        self.events.append({"event": event, **fields})

    def show(self, *blocks: Block) -> None:
        """Keep report blocks."""
        self.blocks += blocks


def context(
    workdir: Path,
    seed: int = 0,
    heard: Heard | None = None,
    project: Path | None = None,
    name: str = "recipe",
) -> Context:
    """A step's context as the framework makes it: a folder, a seed, and ears.

    Plugins resolve by name from the installed packages and from `project`'s `plugins/` folder; releases and live
    events are kept in `.stagewright` beside `workdir`.
    """
    heard = heard or Heard()
    workdir.mkdir(parents=True, exist_ok=True)
    return Context(
        workdir, seed, heard.emit, heard.show, Registry(project).component, workdir.parent / HOME, name
    )
