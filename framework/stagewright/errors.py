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
from dataclasses import field
from typing import Literal

from stagewright.frozen import frozen

Severity = Literal["error", "warning"]


@frozen
class Place:
    """Where a value comes from: a position in a file, or a word on the command line.

    Attributes:
        line, column: counted from 1; 0 for what stands in no file.
        end_line, end_column: just behind it, for editors; 0 where that is not known.
    """

    source: str
    line: int = 0
    column: int = 0
    end_line: int = field(default=0, compare=False)
    end_column: int = field(default=0, compare=False)

    def __str__(self) -> str:
        here = f"{os.getcwd()}{os.sep}"  # files below the current folder are named as the user would
        source = self.source.removeprefix(here)
        return f"{source}:{self.line}:{self.column}" if self.line else source


@frozen
class Problem:
    """One thing wrong with a recipe: `place key: message`, always a single line.

    A warning (`place warning: key: message`) stops nothing.
    """

    key: str
    message: str
    place: Place | None = None
    path: tuple[str | int, ...] = ()  # the key as its parts, to find its place with
    severity: Severity = "error"
    together: tuple[
        tuple[str | int, ...], ...
    ] = ()  # keys that are wrong together: of an override, it is the place

    def __str__(self) -> str:
        where = f"{self.place} " if self.place else ""
        warning = "warning: " if self.severity == "warning" else ""
        key = f"{self.key}: " if self.key else ""
        return printable(" ".join(f"{where}{warning}{key}{self.message}".split()))

    def to_json(self) -> dict[str, str | int | None]:
        """For editors and CI; numbers of a place are None where a value stands in no file, as an override."""
        from stagewright.nearest import suggested

        place = self.place or Place("")
        here = Place(place.source)
        return {
            "file": str(here) if place.line else None,
            "line": place.line or None,
            "column": place.column or None,
            "end_line": place.end_line or None,
            "end_column": place.end_column or None,
            "place": str(place),
            "key": self.key,
            "message": " ".join(self.message.split()),
            "severity": self.severity,
            "nearest": suggested(self.message),
        }


def printable(text: str) -> str:
    """A line without signs that a terminal obeys (escape sequences, bells): what a recipe says is shown, not done."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


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
