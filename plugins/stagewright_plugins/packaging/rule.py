"""A package around a no-ML baseline, so that it can be served, and be the first champion of a rollout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright_plugins.scoring import rules, table_rules, text_rules

from . import manifest, signature

PLATFORM = "rule"


def packaged(baseline: Path, folder: Path, name: str, task: Task) -> str:
    """Write a package from the artifact of a baseline stage that left `rule.json`; gives its version.

    It holds `rule.json`, `signature.json` and `manifest.json` only: it was never trained, so there is nothing to
    hold it against, and nothing to release.

    Raises:
        StagewrightError: the baseline left no rule, or one that cannot be rebuilt, or no rule fits the task.
    """
    rule = rules.read(baseline)
    told = _signature(rule, name, task)
    folder.mkdir(parents=True, exist_ok=True)
    rules.write(folder, rule)
    text = signature.dumped(told)
    (folder / signature.SIGNATURE).write_text(text, encoding="utf-8")
    version = manifest.stamp(folder)
    manifest.write(folder)
    return version


def _signature(rule: dict[str, Any], name: str, task: Task) -> dict[str, Any]:
    """The same as a model's, so that both answer the same requests; the rule is rebuilt to see that it can be."""
    if task.type == "segmentation":
        rules.rebuilt(rule)
        return signature.segmentation(name, task, PLATFORM)
    if task.type == "classification":
        table_rules.rebuilt(rule)
        return signature.tabular(name, task, PLATFORM, rule["inputs"], rule.get("id", ""))
    if task.type == "translation":
        text_rules.rebuilt(rule)
        return signature.translation(name, task, PLATFORM)
    raise StagewrightError(
        f"a baseline of the task {task.type!r} cannot be packaged: rules label pictures and rows, and translate texts"
    )
