"""What a guard reads from an event: the value of its expression, or nothing where the event is not its kind.

| name | from | |
|---|---|---|
| `request` | request | 1 for each request |
| `request.error` | request | 1 where the server failed (status 500 and above, or `error` is not empty) |
| `request.status` | request | |
| `latency_ms`, `latency_ms.<part>` | request | `latency_ms` is the total |
| `outputs.<name>` | request | a number of the answer, such as `outputs.confidence` |
| `label.<metric>` | label | value of the answer once the truth is known |
| `feedback.value`, `feedback.negative` | feedback | what a user said; negative is 1 below 0 |
| `shadow.agreement` | request of the shadow arm | share of the answer that equals the stable arm's |
| `hw.*`, `system.*`, `process.*` | hardware | |
| `covariate` | any | what the event carries under that name |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from stagewright.expression import ExpressionError, Value, parse
from stagewright.nearest import suggestion

Event = Mapping[str, Any]
Read = Callable[[Event], float | None]
MANY = (list, tuple, dict)  # an output of several numbers is none that a guard could judge
LARGEST = 1e100  # what lies beyond (or is no number) says nothing: its square could not be reckoned with
KINDS = {
    "request": "request",
    "latency_ms": "request",
    "outputs": "request",
    "shadow": "shadow",
    "label": "label",
    "feedback": "feedback",
    "hw": "hardware",
    "system": "hardware",
    "process": "hardware",
    "covariate": "",
}


def kind_of(text: str) -> str:
    """The kind of event an expression reads: `request`, `shadow`, `label`, `feedback` or `hardware`."""
    kinds = {KINDS.get(name.split(".")[0], "") for name in parse(text).names} - {""}
    return next(iter(kinds)) if kinds else ""


def unknown(text: str) -> str:
    """What is wrong with the names of an expression; empty where nothing is."""
    names = sorted(parse(text).names)
    for name in names:
        head = name.split(".")[0]
        if head not in KINDS:
            return f"{text!r} reads {name!r}, which no event carries, {suggestion(head, KINDS, 'name')}"
    kinds = sorted({KINDS[name.split(".")[0]] for name in names} - {""})
    if len(kinds) > 1:
        return f"{text!r} reads {' and '.join(kinds)} events at once; a guard reads one kind"
    return "" if names else f"{text!r} reads nothing of an event"


def unknown_labels(
    guards: Sequence[Any], brought: Sequence[str]
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Guards that read `label.<name>` of what no label brings: `(path below the guards, what)`."""
    for i, guard in enumerate(guards):
        for key in ("metric", "covariate"):
            for name in sorted(parse(text).names if (text := getattr(guard, key)) else ()):
                head, _, value = name.partition(".")
                if head == "label" and value not in brought:
                    said = f"no label brings {value!r}, {suggestion(value, brought, 'value')}"
                    yield (i, key), f"{text!r} reads {name!r}: {said}"


def reader(text: str) -> Read:
    """A function from an event of the right kind to the expression's value; None where a name is missing.

    A condition gives 1 or 0.
    """
    expression = parse(text)
    getters = [(name, _getter(name)) for name in sorted(expression.names)]
    if len(getters) == 1 and expression.root.op == "name":
        return _plain(getters[0][1])

    def read(event: Event) -> float | None:
        values: dict[str, Value] = {}
        for name, get in getters:
            value = get(event)
            if value is None or isinstance(value, MANY):
                return None
            values[name] = value
        try:
            return _finite(expression.evaluate(values))
        except ExpressionError:
            return None  # impossible arithmetic on this event's numbers: it says nothing

    return read


def _plain(get: Callable[[Event], Any]) -> Read:
    def read(event: Event) -> float | None:
        value = get(event)
        return None if value is None else _finite(value)

    return read


def _finite(value: Any) -> float | None:
    if isinstance(value, (str, *MANY)):
        return None
    number = float(value)
    return number if abs(number) <= LARGEST else None


def _getter(name: str) -> Callable[[Event], Any]:
    if name in _FIXED:
        return _FIXED[name]
    head, _, rest = name.partition(".")
    if head in ("latency_ms", "outputs"):
        return lambda event: (event.get(head) or {}).get(rest or "total")
    if head == "label":
        return lambda event: (event.get("values") or {}).get(rest)
    if head in ("hw", "system", "process"):
        return lambda event: (event.get("values") or {}).get(name)
    return lambda event: event.get(rest or head)


def _failed(event: Event) -> float:
    return 1.0 if event.get("error") or int(event.get("status") or 200) >= 500 else 0.0


def _negative(event: Event) -> float | None:
    value = event.get("value")
    return None if value is None else float(value < 0)


_FIXED: dict[str, Callable[[Event], Any]] = {
    "request": lambda event: 1.0,
    "request.error": _failed,
    "request.status": lambda event: event.get("status"),
    "feedback.negative": _negative,
    "feedback.value": lambda event: event.get("value"),
}
