"""What a run tells while it works: an event and an entry for every step, lines of progress, tracebacks of failures."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagewright import json_text
from stagewright.plan.plan import Planned
from stagewright.record import record
from stagewright.store import Hit

Say = Callable[[str], None]


@dataclass
class RunLog:
    """The log of one run.

    Attributes:
        say: where progress goes, one line at a time.
        steps: what became of each step so far, as the record has it.
    """

    record: record.Record
    say: Say
    steps: list[dict[str, Any]] = field(default_factory=list)

    def event(self, event: str, /, **fields: Any) -> dict[str, Any]:
        """One event; the line as it is kept."""
        return self.record.event(event, **fields)

    def started(self, step: str, fingerprint: str) -> None:
        """A step begins to work."""
        self.say(f"▸ {step} …")
        self.event("step_started", step=step, fingerprint=fingerprint)

    def skipped(self, planned: Planned) -> None:
        """A step is not done, and why."""
        self.event("step_skipped", step=planned.step, reason=planned.reason)
        entry = {"step": planned.step, "plugin": planned.plugin, "status": "skipped"}
        self.steps.append(entry | {"reason": planned.reason, "seconds": 0.0})

    def replayed(self, step: str, events: Path) -> None:
        """A cached step's own events are told again, so that the mirror is complete."""
        for line in events.read_text(encoding="utf-8").splitlines() if events.is_file() else []:
            event = json.loads(line)
            self.event(event.pop("event"), **{**event, "step": step, "replayed": True})

    def finished(self, event: str, step: str, plugin: str, hit: Hit, **more: Any) -> None:
        """A step is done: `step_finished` or `step_cached`."""
        status = record.STEP_ENDS[event]
        entry = {
            "step": step,
            "plugin": plugin,
            "status": status,
            "reason": "",
            "seconds": round(hit.seconds, 3) if status == "ran" else 0.0,
            "seconds_when_run": round(hit.seconds, 3),
            "fingerprint": hit.fingerprint,
            "artifact": hit.artifact,
            "output": hit.output,
            "bytes": hit.bytes,
            **more,
        }
        self.steps.append(entry)
        self.event(event, **entry)
        took = f"{hit.seconds:.1f} s" if status == "ran" else "cached"
        self.say(f"✓ {step}  {took}")

    def failed(
        self,
        step: str,
        plugin: str,
        fingerprint: str,
        error: Exception,
        seconds: float,
        blocks: Sequence[dict[str, Any]] = (),
    ) -> None:
        """A step raised; what it showed until then is kept beside the traceback, for the report."""
        path = self.kept(step, error)
        if blocks and path.is_file():
            shown = json_text.text(list(blocks))
            path.with_suffix(record.SHOWN).write_text(shown, encoding="utf-8")
        entry = {
            "step": step,
            "plugin": plugin,
            "status": "failed",
            "reason": str(error),
            "seconds": round(seconds, 3),
            "fingerprint": fingerprint,
        }
        self.steps.append(entry)
        self.event("step_failed", **entry)
        self.say(f"✗ {step}: {error}")

    def kept(self, name: str, error: Exception) -> Path:
        """The traceback, for whoever mends it: in the run's folder, never on the screen."""
        path = self.record.folder / "errors" / f"{name.replace('/', '.')}.txt"
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        except OSError as full:  # it must not take the place of the error that it is about
            self.say(f"  the traceback cannot be kept: {full}")
        return path
