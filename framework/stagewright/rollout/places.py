"""Where rollouts keep their journals: `.stagewright/live/<name>/rollouts/<rollout>.jsonl`."""

from __future__ import annotations

from pathlib import Path

from stagewright.errors import StagewrightError


def folder(home: Path, name: str) -> Path:
    """The folder of a model's journals."""
    return home / "live" / name / "rollouts"


def journal(home: Path, name: str, rollout: str) -> Path:
    """One rollout's journal."""
    return folder(home, name) / f"{rollout}.jsonl"


def latest(home: Path, name: str) -> Path:
    """The journal written last.

    Raises:
        StagewrightError: the model had no rollout.
    """
    found = sorted(folder(home, name).glob("*.jsonl"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    if not found:
        raise StagewrightError(
            f"{name!r} had no rollout yet; `stagewright run` a recipe with a `rollout` section"
        )
    return found[-1]
