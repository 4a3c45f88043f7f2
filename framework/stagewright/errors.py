"""Every error a user can meet, and the exit code each one ends the program with.

StagewrightError                 exit 1   something stopped the work; the message says what
├── RecipeError                  exit 2   the recipe (or the command line) is wrong: all problems at once
├── StepError                    exit 1   a stage failed while working; what was finished is kept
├── GateFailed                   exit 3   a declared condition is not met; the evidence is in the report
│   └── BudgetExceeded           exit 3   wall time or memory beyond what the recipe allows
├── NotNeeded                    exit 4   the no-ML baseline already reaches the target: ML is not needed
├── ReviewPending                exit 5   a named person must accept before the run goes on
└── StoreError                   exit 6   disk full, store unreadable or damaged; nothing finished is lost
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from stagewright.frozen import frozen


@frozen
class Place:
    """Where a value comes from: a position in a file, or a word on the command line."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        here = f"{os.getcwd()}{os.sep}"  # files below the current folder are named as the user would
        source = self.source.removeprefix(here)
        return f"{source}:{self.line}:{self.column}" if self.line else source


@frozen
class Problem:
    """One thing wrong with a recipe: `place key: message`, always a single line."""

    key: str
    message: str
    place: Place | None = None
    path: tuple[str | int, ...] = ()  # the key as its parts, to find its place with

    def __str__(self) -> str:
        where = f"{self.place} " if self.place else ""
        key = f"{self.key}: " if self.key else ""
        return " ".join(f"{where}{key}{self.message}".split())


class StagewrightError(Exception):
    """Base of all errors meant for a user; printed as its message, without a traceback."""

    exit_code = 1


class RecipeError(StagewrightError):
    """The recipe cannot be used as it stands. Carries every problem found, not just the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems = [Problem("", problems)] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StepError(StagewrightError):
    """A stage raised while working. Finished stages stay finished; running again goes on from there."""


class GateFailed(StagewrightError):
    """A declared condition is not met."""

    exit_code = 3


class BudgetExceeded(GateFailed):
    """Wall time or memory went beyond what the recipe allows."""


class NotNeeded(StagewrightError):
    """The no-ML baseline reaches the target, so the run ends before any training."""

    exit_code = 4


class ReviewPending(StagewrightError):
    """The run waits for a named person's verdict (`stagewright review`)."""

    exit_code = 5


class StoreError(StagewrightError):
    """The store cannot be written or read: disk full, permissions, or a damaged artifact."""

    exit_code = 6
