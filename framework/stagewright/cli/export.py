"""stagewright export: the recipe's rollout and monitoring in the words of another system."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from stagewright import releases
from stagewright.check.loading import Loaded, load
from stagewright.errors import Problem, RecipeError, StagewrightError
from stagewright.nearest import suggestion
from stagewright.plugin.registry import Registry
from stagewright.recipe.recipe import find
from stagewright.rollout.default_guards import guarded
from stagewright.stages.manifests import Exported, ExportInputs

KINDS = {"rollout": "rollout.exporter", "monitor": "monitor.exporter"}
UNSUPPORTED = "UNSUPPORTED.md"
EPILOG = """\
Settings of the target follow it as key=value: `stagewright export fraud argo virtual_service=fraud`.
What the target cannot express is printed and kept in UNSUPPORTED.md beside the files.
`stagewright plugins rollout.exporter` and `stagewright plugins monitor.exporter` list the targets.
"""


def main(args: list[str], _debug: bool) -> int:
    """Write the manifests of one target; gives 0."""
    parsed = _parser().parse_args(args)
    loaded = load(find(parsed.recipe, os.getcwd()), parsed.override, reads=False)
    section, kind = _found(loaded.registry, parsed.target)
    component = loaded.checked.components.get(section)
    if component is None:
        raise StagewrightError(f"recipe {loaded.checked.name!r} has no section `{section}` to export")
    folder = Path(parsed.out or f"export/{loaded.checked.name}/{parsed.target}")
    try:
        exporter = loaded.registry.component(kind, {"type": parsed.target, **_settings(parsed.settings)})
    except RecipeError as error:
        advice = f"settings of {parsed.target} follow it as KEY=VALUE; `stagewright plugins {parsed.target}` lists them"
        raise RecipeError([*error.problems, Problem("", advice)]) from error
    folder.mkdir(parents=True, exist_ok=True)
    said = component.spec()
    if section == "rollout":
        said |= guarded(said, loaded.checked.metrics, loaded.checked.framing.task)
    exported: Exported = exporter(_inputs(loaded, said, folder))
    _tell(folder, parsed.target, exported)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stagewright export", description=__doc__, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("recipe", help="recipe with a section `rollout` or `monitor`")
    parser.add_argument("target", help="argo, flagger, kserve, prometheus_rule, cronjob, ...")
    parser.add_argument("settings", nargs="*", default=[], metavar="KEY=VALUE", help="settings of the target")
    parser.add_argument("--out", metavar="FOLDER", help="where to write (export/<recipe>/<target>)")
    parser.add_argument(
        "--override", action="append", default=[], metavar="OVERRIDE", help="Hydra's, repeatable"
    )
    return parser


def _found(registry: Registry, target: str) -> tuple[str, str]:
    """Section and kind that offer the target."""
    offered = {
        plugin.name: (section, kind) for section, kind in KINDS.items() for plugin in registry.names(kind)
    }
    if target not in offered:
        raise StagewrightError(f"nothing exports to {target!r}, {suggestion(target, offered, 'target')}")
    return offered[target]


def _settings(said: list[str]) -> dict[str, Any]:
    """`key=value` with values as YAML has them."""
    found = {}
    for word in said:
        key, equals, value = word.partition("=")
        if not equals:
            raise StagewrightError(f"settings of a target are KEY=VALUE, got {word!r}")
        found[key] = yaml.safe_load(value)
    return found


def _inputs(loaded: Loaded, section: Mapping[str, Any], folder: Path) -> ExportInputs:
    name, home = loaded.checked.name, loaded.store.home
    champion = releases.current(home, name, releases.CHAMPION)
    newest = [event["version"] for event in releases.history(home, name) if event["event"] == "registered"]
    version = newest[-1] if newest else ""
    stable = champion.version if champion else ""
    if stable == version and version:
        before = releases.opponent(home, name, version)
        stable = before.version if before else ""
    return ExportInputs(name, section, folder, version, stable)


def _tell(folder: Path, target: str, exported: Exported) -> None:
    for name in exported.files:
        sys.stdout.write(f"{folder / name}\n")
    lines = "".join(f"- {sentence}\n" for sentence in exported.unmapped)
    if lines:
        (folder / UNSUPPORTED).write_text(f"# What {target} cannot express\n\n{lines}", encoding="utf-8")
        sys.stdout.write(f"{folder / UNSUPPORTED}: what {target} cannot express\n{lines}")
    else:
        (folder / UNSUPPORTED).unlink(missing_ok=True)  # of an earlier export
