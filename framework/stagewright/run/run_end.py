"""How a run ends: exit code, status and message, whatever ended it."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stagewright.errors import BudgetExceeded, GateFailed, NotNeeded, ReviewPending, StagewrightError
from stagewright.frozen import frozen
from stagewright.store import disk_errors

INTERRUPTED = 130  # exit code of a run ended by Ctrl-C or SIGTERM, as shells count it
STATUS = {
    0: "succeeded",
    NotNeeded.exit_code: "not_needed",
    ReviewPending.exit_code: "review_pending",
    GateFailed.exit_code: "gate_failed",
    INTERRUPTED: "interrupted",
}


@frozen
class End:
    """The end of a run."""

    exit_code: int
    message: str
    over_budget: bool = False

    @property
    def status(self) -> str:
        """In one word, as the record has it."""
        return "budget_exceeded" if self.over_budget else STATUS.get(self.exit_code, "failed")


def guarded(work: Callable[[], str], kept: Callable[[str, Exception], Path], debug: bool) -> End:
    """Do `work`, which gives the message of a good end. SIGTERM ends it as Ctrl-C does.

    `kept` keeps a traceback; `debug` prints that of a user's error too.
    """
    restore = _sigterm_interrupts()
    try:
        with disk_errors():
            message = work()
    except StagewrightError as error:
        if debug:
            traceback.print_exception(error)
        return End(error.exit_code, str(error), isinstance(error, BudgetExceeded))
    except Exception as error:
        path = kept("internal", error)
        return End(1, f"internal error, please report it: {type(error).__name__}: {error} (see {path})")
    except KeyboardInterrupt:
        return End(INTERRUPTED, "interrupted; finished steps are kept, run again to go on")
    finally:
        restore()
    return End(0, message)


def _sigterm_interrupts() -> Callable[[], None]:
    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        return lambda: None  # not the main thread: signals are somebody else's

    def restore() -> None:
        signal.signal(signal.SIGTERM, before)

    return restore
