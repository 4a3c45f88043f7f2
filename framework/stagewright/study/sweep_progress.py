"""What is said of a sweep while it works: a small table that stays in its place on a terminal, else a line a trial."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from stagewright.errors import printable
from stagewright.report.figures import duration, number
from stagewright.step.execute import Tell

TRIAL = "trial"  # the event that a search emits for every trial that ended
ENDED = "search_ended"  # and once, when it is over
NOTE = "search_note"  # what a reader should know of the search, a sentence
SIGNS = {"complete": "✓", "pruned": "✂", "failed": "✗"}
_WIDTH = 110


class Progress:
    """Passes a sweep's events on, and says what became of each trial.

    `screen` is a terminal whose last lines may be drawn anew; without one, every trial is a line.
    """

    def __init__(
        self, study: str, tell: Tell, say: Callable[[str], None], screen: TextIO | None = None
    ) -> None:
        self._study, self._tell, self._say, self._screen = study, tell, say, screen
        self._began = time.monotonic()
        self._ended = 0
        self._pruned = 0
        self._drawn = 0  # lines of the table on the screen
        self._known: dict[Any, str] = {}  # settings by number, of trials that ended while we looked

    def tell(self, event: str, /, **fields: Any) -> dict[str, Any]:
        """Keep an event; of a trial, say it."""
        line = self._tell(event, **fields, **({"study": self._study} if event == TRIAL else {}))
        if event == TRIAL:
            self._ended += 1
            self._pruned += fields.get("state") == "pruned"
            self._known[fields.get("number")] = _settings(fields.get("settings") or {})
            self._table(fields) if self._screen else self._say(self._line(fields))
        elif event == ENDED:
            self._say(f"  {fields.get('reason')}")
        elif event == NOTE:
            self._say(f"  {printable(str(fields.get('message')))}")
        return line

    def _table(self, trial: Mapping[str, Any]) -> None:
        """Draw the table over the one before; a failed trial leaves its line above it."""
        assert self._screen
        width = shutil.get_terminal_size().columns - 1
        above = [self._line(trial)] if trial.get("state") == "failed" else []
        rows = [_cut(line, width) for line in self._rows(trial)]
        back = f"\x1b[{self._drawn}F\x1b[J" if self._drawn else ""
        self._screen.write(
            back + "".join(f"{line}\n" for line in [*(_cut(one, width) for one in above), *rows])
        )
        self._screen.flush()
        self._drawn = len(rows)

    def _rows(self, trial: Mapping[str, Any]) -> list[str]:
        done, wanted = trial.get("finished"), trial.get("wanted")
        counts = [f"{done} of {wanted} finished" if wanted else f"{self._ended} ended"]
        others = {"running": trial.get("running"), "pruned": self._pruned, "failed": trial.get("failed")}
        counts += [f"{count} {what}" for what, count in others.items() if count]
        counts += [left] if (left := self._left(done, wanted)) else []
        last = trial.get("number")
        ended = trial.get("reason") or _values(trial)
        rows = [f"  trials  {', '.join(counts)}", f"  last    trial {last}: {ended}  {self._known[last]}"]
        if "best" in trial:
            number_, settings = trial.get("best_number"), self._known.get(trial.get("best_number"), "")
            rows.insert(1, f"  best    trial {number_}: {number(trial['best'])}  {settings}")
        return [row.rstrip() for row in rows]

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
        return _cut("  ".join(part for part in parts if part), _WIDTH)

    def _left(self, done: Any, wanted: Any) -> str:
        if not isinstance(done, int) or not isinstance(wanted, int) or done >= wanted:
            return ""
        return f"{duration((time.monotonic() - self._began) / self._ended * (wanted - done))} left"


def _cut(text: str, width: int) -> str:
    """One line, without signs that a terminal obeys."""
    text = printable(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


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
