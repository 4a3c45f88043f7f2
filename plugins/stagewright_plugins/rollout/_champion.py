"""What a new package must hold its own against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stagewright import releases
from stagewright.stages.rollout import Inputs
from stagewright_plugins.packaging import rule


@dataclass(frozen=True)
class Champion:
    """The package that serves now, and in words what it is."""

    path: Path
    said: str


def champion(inputs: Inputs) -> Champion | None:
    """The version promoted last, else the no-ML baseline as a package; None where there is neither."""
    context, package = inputs.context, inputs.deploy
    found = releases.opponent(context.home, package.name, package.version)
    if found:
        return Champion(found.path(context.home), f"version {found.version[:12]}")
    if inputs.baseline is None:
        return None
    folder = context.workdir / ".resume" / "baseline"
    if not (folder / "manifest.json").exists():
        rule.packaged(inputs.baseline.path, folder, package.name, inputs.framing.task)
    return Champion(folder, "the no-ML baseline")
