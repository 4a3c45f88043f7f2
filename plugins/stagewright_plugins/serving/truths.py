"""What a truth that came later says of an answer: for guards, where a label brings no values of its own.

Of a class the label's `target` is enough: `correct` is 1 where the answer was right, `brier` the squared error of its
probabilities (Brier, 1950), halved, as a replay has them. Of pictures and texts the gateway keeps no answers: their
labels bring values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stagewright.nearest import nearest

Event = Mapping[str, Any]
USERS = ("stable", "canary")
MOST_NAMES = 12  # classes that a refusal names


def index(classes: Sequence[str]) -> dict[str, int]:
    """Each class's place by everything that a label may call it: its name, else its number."""
    return {str(i): i for i in range(len(classes))} | {name: i for i, name in enumerate(classes)}


def unknown_class(target: Any, packages: Iterable[Sequence[str]]) -> str:
    """What is wrong with a label's class that none of the packages in memory knows; empty where nothing is.

    Of a package without classes (numbers, texts) any truth may be.
    """
    known = list(packages)
    if not known or any(not classes or _text(target) in index(classes) for classes in known):
        return ""
    names = known[0]
    shown = ", ".join(f"{name!r} ({i})" for i, name in enumerate(names[:MOST_NAMES]))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    like = f"did you mean {near!r}? " if (near := nearest(_text(target), names)) else ""
    return f"`target` {_text(target)!r} is no class; {like}known by name or number: {shown}{more}"


def _text(target: Any) -> str:
    whole = isinstance(target, float) and target.is_integer()
    return str(int(target) if whole else target)


class Truths:
    """The answers of one rollout that may still get a label.

    Args:
        classes: of the package; without any nothing is kept.
        most: answers remembered.
    """

    def __init__(self, classes: Sequence[str], most: int) -> None:
        self._classes, self._most = len(classes), most
        self._index = index(classes)
        self._answers: dict[str, tuple[int, Sequence[float] | None]] = {}

    def remember(self, requests: Iterable[Event]) -> None:
        """Requests of before: of the journal of a rollout that goes on."""
        for event in requests:
            self.valued(event)

    def valued(self, event: Event) -> Event:
        """The event; a label with the values that its truth gives, those that it brings itself unchanged."""
        if event["kind"] == "request":
            self._answered(event)
        elif event["kind"] == "label" and (found := self._values(event)):
            return {**event, "values": found | dict(event.get("values") or {})}
        return event

    def _answered(self, event: Event) -> None:
        outputs = event.get("outputs") or {}
        label, shares = outputs.get("label"), outputs.get("probability")
        if event.get("arm") not in USERS or type(label) is not int or not 0 <= label < self._classes:
            return  # a copy, a request of several rows, an answer that the log hides, no task of classes
        known = isinstance(shares, list) and len(shares) == self._classes
        self._answers[str(event["id"])] = (label, shares if known else None)
        if len(self._answers) > self._most:
            del self._answers[next(iter(self._answers))]

    def _values(self, event: Event) -> dict[str, float]:
        answer, true = self._answers.get(str(event["id"])), self._true(event.get("target"))
        if answer is None or true is None:
            return {}
        label, shares = answer
        found = {"correct": float(label == true)}
        if shares is not None:
            errors = ((share - (i == true)) ** 2 for i, share in enumerate(shares))
            found["brier"] = sum(errors) / 2
        return found

    def _true(self, target: Any) -> int | None:
        return self._index.get(_text(target))
