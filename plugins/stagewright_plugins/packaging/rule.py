"""A package around a no-ML baseline, so that it can be served, and be the first champion of a rollout."""

from __future__ import annotations

from pathlib import Path

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright_plugins.scoring import rules

from . import manifest, signature

PLATFORM = "rule"


def packaged(baseline: Path, folder: Path, name: str, task: Task) -> str:
    """Write a package from the artifact of a baseline stage that left `rule.json`; gives its version.

    It holds `rule.json`, `signature.json` and `manifest.json` only: it was never trained, so there is nothing to
    hold it against, and nothing to release.

    Raises:
        StagewrightError: the baseline left no rule, or one that cannot be rebuilt, or the task is no segmentation.
    """
    if task.type != "segmentation":
        raise StagewrightError(
            f"a baseline of the task {task.type!r} cannot be packaged: rules label pictures"
        )
    rule = rules.read(baseline)
    rules.rebuilt(rule)
    folder.mkdir(parents=True, exist_ok=True)
    rules.write(folder, rule)
    text = signature.dumped(signature.segmentation(name, task, PLATFORM))
    (folder / signature.SIGNATURE).write_text(text, encoding="utf-8")
    version = manifest.stamp(folder)
    manifest.write(folder)
    return version
