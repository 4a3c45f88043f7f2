"""What a terminal shows of a sweep while it works: a line per trial that ended, best so far, time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from stagewright.execute import Tell
from stagewright.report.figures import duration, number

TRIAL = "trial"  # the event that a search emits for every trial that ended
SIGNS = {"complete": "✓", "pruned": "✂", "failed": "✗"}
_WIDTH = 110


class Progress:
    """Passes a sweep's events on, and says what became of each trial."""

    def __init__(self, study: str, tell: Tell, say: Callable[[str], None]) -> None:
        self._study, self._tell, self._say = study, tell, say
        self._began = time.monotonic()
        self._ended = 0

    def tell(self, event: str, /, **fields: Any) -> dict[str, Any]:
        """Keep an event; of a trial, say it."""
        line = self._tell(event, **fields, **({"study": self._study} if event == TRIAL else {}))
        if event == TRIAL:
            self._ended += 1
            self._say(self._line(fields))
        return line

    def _line(self, trial: Mapping[str, Any]) -> str:
        done, wanted = trial.get("finished"), trial.get("wanted")
        count = f"{done}/{wanted}" if wanted else f"trial {trial.get('number')}"
        parts = [
            f"  {SIGNS.get(str(trial.get('state')), '·')} {count}",
            _settings(trial.get("settings") or {}),
        ]
        parts.append(trial["reason"] if trial.get("reason") else _values(trial))
        if "best" in trial:
            parts.append(f"best {number(trial['best'])} (trial {trial.get('best_number')})")
        if left := self._left(done, wanted):
            parts.append(left)
        text = "  ".join(part for part in parts if part)
        return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"

    def _left(self, done: Any, wanted: Any) -> str:
        if not isinstance(done, int) or not isinstance(wanted, int) or done >= wanted:
            return ""
        return f"{duration((time.monotonic() - self._began) / self._ended * (wanted - done))} left"


def _settings(settings: Mapping[str, Any]) -> str:
    """By the last words of their keys."""
    named = ((key.replace("/", ".").rpartition(".")[2], value) for key, value in settings.items())
    return " ".join(f"{key}={_short(value)}" for key, value in named)


def _short(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value.get("type", value) if isinstance(value, Mapping) else value)
    return number(value)


def _values(trial: Mapping[str, Any]) -> str:
    if trial.get("state") == "pruned":
        return "pruned"
    values = list((trial.get("values") or {}).items())[:1]
    return " ".join(f"{key} {number(value)}" for key, value in values)
