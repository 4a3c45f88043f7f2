"""stagewright retrain: train anew with newer data, through the same gates, and roll out against the champion."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import time
from typing import Any

from stagewright.check.loading import Loaded, load
from stagewright.errors import StagewrightError
from stagewright.live import event_log
from stagewright.live.retraining import Retraining, asked, free, moved, withheld
from stagewright.recipe.recipe import find
from stagewright.record import record
from stagewright.report.summary import cut_at, summary
from stagewright.run.retrain import retraining

EPILOG = """\
What changes is said in the recipe's `monitor.retrain.set` (`{today}` and `{now}` stand for the moment), or by overrides
after the recipe. Everything unchanged is cached; the run has its own record and passes the same gates.

exit codes: as for `stagewright run`; 0 also where nothing is due
"""


def main(args: list[str], _debug: bool) -> int:
    """Retrain now, or, with `--due`, only where the recipe's schedule or a firing alert asks for it."""
    parser = argparse.ArgumentParser(
        prog="stagewright retrain",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", metavar="RECIPE")
    parser.add_argument("overrides", nargs="*", default=[], metavar="OVERRIDE", help="Hydra overrides")
    parser.add_argument("--reason", default="", help="why; kept in the record")
    parser.add_argument("--due", action="store_true", help="only if `monitor.retrain` asks for it now")
    parsed = parser.parse_intermixed_args(args)
    loaded = load(find(parsed.recipe, os.getcwd()), parsed.overrides)
    why = parsed.reason or "asked for"
    if parsed.due:
        why, held = _due(loaded)
        if held or not why:
            _say(f"{loaded.checked.name}: {held or 'nothing is due'}")
            return 0
    return _retrain(loaded, why)


def _due(loaded: Loaded) -> tuple[str, str]:
    """What asks for a retraining, and in words what holds it back, if anything does."""
    policy = _policy(loaded)
    if policy is None:
        raise StagewrightError(f"{loaded.checked.name}: the recipe has no `monitor.retrain`")
    now = time.time()
    events = list(event_log.read(_live(loaded), kinds=("retrain",)))
    # One that was interrupted answered nobody: what asked for it still asks.
    ended = [event for event in events if "run" in event and event.get("status") != "interrupted"]
    done = [event_log.seconds(event["t"]) for event in ended]
    began = done[-1] if done else _first_run(loaded)
    # `stagewright monitor` writes why it asks for a retraining; without it, the schedule is looked at here.
    told = [
        event["reason"] for event in events if "run" not in event and event_log.seconds(event["t"]) > began
    ]
    why = str(told[-1]) if told else asked(policy, [], began, now)
    held = withheld(policy, done, now) if why else ""
    return why, f"{why} asks for it, but {held}: not before {_utc(free(policy, done))}" if held else ""


def _utc(moment: float) -> str:
    return f"{datetime.datetime.fromtimestamp(moment, datetime.UTC):%Y-%m-%d %H:%M} UTC"


def _retrain(loaded: Loaded, why: str) -> int:
    policy = _policy(loaded)
    changes = moved(policy.set if policy else {}, datetime.datetime.now(datetime.UTC))
    about = {
        "recipe": str(loaded.file.path),
        "overrides": list(loaded.overrides),
        "command": record.command(),
        "reason": why,
    }
    ended = retraining(
        loaded.checked, loaded.registry, loaded.store, changes, about, _say, without=("monitor",)
    )
    with event_log.EventLog(_live(loaded)) as log:
        log.write(
            {"kind": "retrain", "run": ended.folder.name, "reason": why, "status": ended.record["status"]}
        )
    _say(summary(record.load(ended.folder), width=cut_at(sys.stdout)))
    return ended.exit_code


def _policy(loaded: Loaded) -> Retraining | None:
    monitor = loaded.checked.components.get("monitor")
    found = monitor.settings.get("retrain") if monitor else None
    return found if isinstance(found, Retraining) else None


def _live(loaded: Loaded) -> Any:
    return event_log.folder(loaded.store.home, loaded.checked.name)


def _first_run(loaded: Loaded) -> float:
    """When the first run of the recipe began; now where there is none."""
    for folder in record.runs(loaded.store.home):
        run = record.load(folder)
        if run.get("name") == loaded.checked.name and run.get("started"):
            return datetime.datetime.fromisoformat(run["started"]).timestamp()
    return time.time()


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()
