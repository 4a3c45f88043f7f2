"""Where workers run if the recipe does not say."""

from __future__ import annotations

from stagewright.context import Context
from stagewright.contract import Component
from stagewright.stages.sweep import Launch


def chosen(
    launcher: Component[Launch, None] | None, workers: int, context: Context
) -> Component[Launch, None]:
    """The launcher said, else this process for one worker, and processes of this machine for more."""
    if launcher is not None:
        return launcher
    return context.resolve("sweep.launcher", {"type": "inline" if workers == 1 else "processes"})
