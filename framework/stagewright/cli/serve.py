"""stagewright serve: answer requests with a released model, and let a challenger take over step by step."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagewright import releases
from stagewright.check.check import Checked
from stagewright.check.loading import Loaded, load
from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.plugin.registry import Registry
from stagewright.recipe.project import home, project
from stagewright.recipe.recipe import find
from stagewright.rollout import standing
from stagewright.rollout.default_guards import guarded
from stagewright.stages.deploy import ServerInputs

SERVER = "gateway"
SIGNATURE = "signature.json"
LOG = ("drop", "hash", "payload_rate")  # settings of the event log that `monitor.log` may give
EPILOG = """\
MODEL is a recipe (its champion is served, and its challenger while a rollout is under way; Hydra's overrides
may follow) or the folder of a package. Requests need a token where --token-file or $STAGEWRIGHT_TOKEN gives one.
SIGTERM drains: not ready first, then what is in flight is finished, then exit 0.
"""


def main(args: list[str], _debug: bool) -> int:
    """Find the packages, hand them to the server; gives its exit code."""
    parsed = _parser().parse_intermixed_args(args)
    target = _package(parsed) if (Path(parsed.model) / SIGNATURE).is_file() else _recipe(parsed)
    spec = {"type": SERVER, **target.settings, **_settings(parsed)}
    server = target.registry.component("deploy.server", spec)
    code: int = server(target.inputs)
    return code


@frozen
class _Target:
    """What is to be served, and the server's settings that it brings."""

    inputs: ServerInputs
    registry: Registry
    settings: Mapping[str, Any]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stagewright serve", description=__doc__, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("model", metavar="MODEL", help="recipe, or folder of a package")
    parser.add_argument(
        "overrides", nargs="*", default=[], metavar="OVERRIDE", help="Hydra's overrides of the recipe"
    )
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (8080)")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="file with the bearer token")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of one prediction (1)")
    parser.add_argument("--workers", type=int, metavar="N", help="predictions at the same time")
    parser.add_argument("--max-batch", type=int, metavar="ROWS", help="rows predicted together (1)")
    parser.add_argument("--max-wait-ms", type=float, metavar="MS", help="wait for a batch to fill (0)")
    parser.add_argument("--queue", type=int, metavar="N", help="requests that may wait (128)")
    parser.add_argument("--max-body-mb", type=float, metavar="MB", help="size of a request (64)")
    parser.add_argument("--drain-seconds", type=float, metavar="S", help="not ready, still listening (1)")
    parser.add_argument("--canary", metavar="PACKAGE", help="folder, version or alias to roll out")
    return parser


def _settings(parsed: argparse.Namespace) -> dict[str, Any]:
    """What was said on the command line."""
    names = ("host", "port", "token_file", "threads", "workers", "max_batch", "max_wait_ms", "queue",
             "max_body_mb", "drain_seconds")  # fmt: skip
    said = {name: getattr(parsed, name) for name in names if getattr(parsed, name) is not None}
    return said | ({"token_file": str(said["token_file"])} if "token_file" in said else {})


def _package(parsed: argparse.Namespace) -> _Target:
    """One package as it lies there."""
    if parsed.overrides:
        raise StagewrightError(f"overrides change a recipe; {parsed.model} is a package")
    path, registry = Path(parsed.model).resolve(), Registry(project())
    name = json.loads((path / SIGNATURE).read_text(encoding="utf-8")).get("name", path.name)
    arms = {"stable": path} | _canary(parsed, home(), name)
    return _Target(ServerInputs(name, arms, home(), None, registry.component), registry, {})


def _recipe(parsed: argparse.Namespace) -> _Target:
    """The releases of a recipe."""
    loaded = load(find(parsed.model, os.getcwd()), parsed.overrides, reads=False)
    name, place = loaded.checked.name, loaded.store.home
    arms = {arm: release.path(place) for arm, release in standing.arms(place, name).items()}
    arms |= _canary(parsed, place, name)
    inputs = ServerInputs(name, arms, place, policy_of(loaded.checked), loaded.registry.component)
    return _Target(inputs, loaded.registry, _log(loaded))


def _canary(parsed: argparse.Namespace, place: Path, name: str) -> dict[str, Path]:
    if not parsed.canary:
        return {}
    folder = Path(parsed.canary)
    if (folder / SIGNATURE).is_file():
        return {"canary": folder.resolve()}
    return {"canary": releases.find(place, name, parsed.canary).path(place)}


def policy_of(checked: Checked) -> Mapping[str, Any] | None:
    """The recipe's rollout policy with its guards, the usual ones where it names none; None without a rollout."""
    component = checked.components.get("rollout")
    if component is None:
        return None
    return guarded(component.spec(), checked.metrics, checked.framing.task)


def _log(loaded: Loaded) -> dict[str, Any]:
    """What the recipe's `monitor.log` says about the event log."""
    component = loaded.checked.components.get("monitor")
    said = component.spec().get("log") if component else None
    return {name: said[name] for name in LOG if name in said} if isinstance(said, Mapping) else {}
