"""stagewright monitor: how a live model is doing: once, or on its schedule."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stagewright import json_text, releases
from stagewright.check.loading import Loaded, load
from stagewright.context import Context
from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.live import event_log
from stagewright.live.schedules import following
from stagewright.nearest import suggestion
from stagewright.plan.plan import Planner
from stagewright.plan.walk import planned
from stagewright.recipe.recipe import find
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Package
from stagewright.stages.monitor import Health, Inputs

EPILOG = """\
Looks at what `stagewright serve` logged in .stagewright/live/<name>/, judges it as the recipe's `monitor` section
says, tells whom it names, and writes windows, alerts and requests to retrain back to the log.

exit codes: 0 healthy  3 an alert fires  others as for `stagewright run`
"""
LAST = 10  # windows printed
COLUMNS = ("requests", "error_rate", "latency_p99", "drifted", "labelled")
FIRES = 3


def main(args: list[str], _debug: bool) -> int:
    """Look once, or again and again."""
    parsed = _parser().parse_intermixed_args(args)
    loaded = load(find(parsed.recipe, os.getcwd()), parsed.overrides)
    component = loaded.checked.components.get("monitor")
    if component is None:
        raise StagewrightError(
            f"{loaded.checked.name} has no section `monitor`: nothing says what to look at"
        )
    if parsed.explain:
        return _explain(loaded, component, parsed.explain)
    if not parsed.watch:
        return _look(loaded, component, parsed.json)
    while True:
        try:
            _look(loaded, component, parsed.json)
        except StagewrightError as error:  # the next look may find it mended
            sys.stderr.write(f"{error}\n")
        due = following(str(component.settings.get("schedule", "hourly")), time.time())
        _say(f"next look at {datetime.fromtimestamp(due, UTC):%Y-%m-%d %H:%M} UTC")
        time.sleep(max(0.0, due - time.time()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stagewright monitor", description=__doc__, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("recipe", metavar="RECIPE")
    parser.add_argument(
        "overrides", nargs="*", default=[], metavar="OVERRIDE", help="Hydra's overrides of the recipe"
    )
    parser.add_argument(
        "--watch", action="store_true", help="look again on `monitor.schedule`, until stopped"
    )
    parser.add_argument("--explain", metavar="REQUEST_ID", help="why this request was answered as it was")
    parser.add_argument("--json", action="store_true", help="print everything that was found")
    return parser


def _look(loaded: Loaded, component: Component[Any, Any], as_json: bool) -> int:
    with _alone(loaded):
        health = component(_inputs(loaded))
        found = {name: _read(health.path / f"{name}.json") for name in ("windows", "alerts", "anomalies")}
    if as_json:
        told = {"alerts_firing": health.alerts, "retrain": health.retrain, **found}
        _say(json_text.text(told, indent=2))
    else:
        _say(_summary(loaded.checked.name, health, found, loaded.checked.metric_keys))
        for line in _silent(component.settings.get("alerts") or (), found["windows"] or ()):
            _say(line)
    return FIRES if health.alerts else 0


def _explain(loaded: Loaded, component: Component[Any, Any], request: str) -> int:
    if "explain" not in component.settings:
        raise StagewrightError(f"the monitor plugin {component.type!r} explains nothing")
    asked = replace(component, settings={**component.settings, "explain": request})
    with _alone(loaded):
        health = asked(_inputs(loaded))
        told = _read(health.path / "explained.json")
    if not isinstance(told, Mapping):
        raise StagewrightError(f"the monitor plugin {component.type!r} explains nothing")
    _say(f"{told['id']}: {told['explains']} {told['value']:.4f}; {told['method']}")
    for name, value in told["parts"].items():
        _say(f"  {value:+.4f}  {name}")
    if told["picture"]:
        _say(f"  {health.path / told['picture']}")
    return 0


def _inputs(loaded: Loaded) -> Inputs:
    """The champion as the package in service, and no rollout: then a monitor looks at live traffic."""
    checked, home = loaded.checked, loaded.store.home
    champion = releases.current(home, checked.name, releases.CHAMPION)
    if champion is None:
        raise StagewrightError(f"{checked.name} has no champion in service: run it, or promote a release")
    package = Package(champion.path(home), checked.name, champion.version, {})
    work = event_log.folder(home, checked.name) / "monitor"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    context = Context(work, checked.seed, _unheard, _unshown, loaded.registry.component, home, checked.name)
    return Inputs(checked.framing, _data(loaded), checked.metrics, package, None, context, live=True)


def _data(loaded: Loaded) -> Dataset:
    """The dataset of the last run of the recipe as it stands."""
    steps = planned(Planner(loaded.checked, loaded.registry, loaded.store))
    data = next(step for step in steps if step.step == "data")
    hit, _ = loaded.store.get(data.fingerprint) if data.fingerprint else (None, "")
    if hit is None:
        raise StagewrightError(
            f"the data of {loaded.checked.name}, as recipe and plugins are now, is not there: "
            "`stagewright run` it first, with the same overrides"
        )
    folder = loaded.store.artifact(hit.artifact)
    return Dataset(**hit.output | {"path": folder / str(hit.output["path"])})


@contextmanager
def _alone(loaded: Loaded) -> Iterator[None]:
    """One look at a time; raises StagewrightError while another one is at work."""
    path = event_log.folder(loaded.store.home, loaded.checked.name) / "monitor.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StagewrightError(f"another monitor of {loaded.checked.name} is at work") from None
        yield


def _summary(name: str, health: Health, found: Mapping[str, Any], metrics: Sequence[str]) -> str:
    windows = found["windows"] or []
    if not windows:
        return f"{name}: no request of the version in service yet"
    known = {key for item in windows for key in item["values"]}
    shown = [key for key in COLUMNS if key in known]
    headline = next((key for key in (*metrics, "accuracy") if {key, f"estimated.{key}"} & known), None)
    if headline:
        shown += [key for key in (headline, f"estimated.{headline}") if key in known]
    rows = [["window", *shown], *([_when(item), *_cells(item, shown)] for item in windows[-LAST:])]
    lines = [_row(row, [max(map(len, column)) for column in zip(*rows, strict=True)]) for row in rows]
    firing = [f"alert {alert} fires" for alert in health.alerts] or ["no alert fires"]
    return "\n".join(
        [f"{name}", *lines, *firing, *([f"retrain: {health.retrain}"] if health.retrain else [])]
    )


def _silent(rules: Sequence[Any], windows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Alerts that read what no window has: misspelled, or labels have not come yet."""
    known = {name for item in windows for name in item["values"]}
    for rule in rules if windows else ():
        for name in sorted(rule.expression.names - known):
            yield f"alert {rule.alert} reads {name!r}, {suggestion(name, known, 'value of any window')}"


def _when(window: Mapping[str, Any]) -> str:
    moment = datetime.fromtimestamp(float(window["start"]), UTC)
    return f"{moment:%Y-%m-%d %H:%M}" + ("" if window["complete"] else " …")


def _cells(window: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    values = window["values"]
    return [f"{values[name]:.4g}" if name in values else "–" for name in names]


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (cell.ljust(width) if not i else cell.rjust(width)
                    for i, (cell, width) in enumerate(zip(cells, widths, strict=True)))  # fmt: skip
    return "  ".join([first, *rest]).rstrip()


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _unheard(_event: str, /, **_fields: Any) -> None:
    """Events of a look are in the live log."""


def _unshown(*_blocks: Any) -> None:
    """A look at the command line shows a table."""


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
