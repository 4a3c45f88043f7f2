"""Alerts in the words of Prometheus's alerting rules, over the named values of windows: a pure state machine.

    alert, expr, for, keep_firing_for, labels, annotations

https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/. Two differences, because windows are
not scrapes: `for` and `keep_firing_for` may count windows (`for: 2`), and where a window has no value that `expr`
reads (labels have not arrived yet) an alert stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from stagewright.expression import Expression, ExpressionError, Value, parse
from stagewright.frozen import frozen
from stagewright.rollout.durations import seconds, text

State = Literal["inactive", "pending", "firing"]


@frozen
class Hold:
    """How long: a number of windows, or seconds."""

    windows: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, value: Any) -> Any:
        """An integer counts windows, text such as `30m` is a time; anything else is left to the schema."""
        if isinstance(value, bool) or not isinstance(value, int | str):
            return value
        return cls(windows=value) if isinstance(value, int) else cls(seconds=seconds(value))

    def over(self, windows: int, elapsed: float) -> bool:
        """Whether it has passed."""
        return windows >= self.windows and elapsed >= self.seconds

    def __str__(self) -> str:
        return f"{self.windows} windows" if self.windows else text(self.seconds)


Held = Annotated[
    Hold,
    BeforeValidator(Hold.of, json_schema_input_type=int | str),
    PlainSerializer(lambda hold: hold.windows or text(hold.seconds)),
]


class Rule(BaseModel):
    """One alerting rule.

    Attributes:
        alert: its name.
        expr: condition over the values of a window.
        wait: `for`: how long the condition must hold before the alert fires.
        keep_firing_for: how long it goes on firing once the condition no longer holds.
        labels: `severity` is `page`, `ticket` or `log`; others are free.
        annotations: `summary`, `description`: text for people; `{name}` stands for a value of the window.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        arbitrary_types_allowed=True,
        defer_build=True,
    )

    alert: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    expr: str
    wait: Held = Field(default=Hold(), alias="for")
    keep_firing_for: Held = Hold()
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _condition(self) -> Self:
        try:
            condition = parse(self.expr).is_condition
        except ExpressionError as error:
            raise ValueError(f"{self.expr!r}: {error}") from error
        if not condition:
            raise ValueError(f"{self.expr!r} is a number, not a condition: compare it with something")
        return self

    @property
    def expression(self) -> Expression:
        """The condition, parsed."""
        return parse(self.expr)

    @property
    def severity(self) -> str:
        """Label `severity`, `ticket` where there is none."""
        return self.labels.get("severity", "ticket")


@frozen
class Standing:
    """Where an alert stands.

    Attributes:
        since: end of the window in which the state began, Unix time.
        windows: windows in which the condition held in a row, or, while firing, did not.
        last_true: end of the last window in which the condition held.
    """

    state: State = "inactive"
    since: float = 0.0
    windows: int = 0
    last_true: float = 0.0


@frozen
class Change:
    """An alert went from one state to another at the end of a window."""

    alert: str
    before: State
    now: State
    window: str
    at: float
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def fired(self) -> bool:
        """Whether it began to fire."""
        return self.now == "firing"

    @property
    def resolved(self) -> bool:
        """Whether it stopped to fire."""
        return self.before == "firing" and self.now == "inactive"


class Alerts:
    """All rules, fed with one window after the other; the same windows give the same states."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.standing: dict[str, Standing] = {rule.alert: Standing() for rule in self.rules}

    def observe(self, window: str, at: float, values: Mapping[str, Value]) -> list[Change]:
        """The values of a window that ended at `at`; gives what changed."""
        changes = []
        for rule in self.rules:
            before = self.standing[rule.alert]
            true = holds(rule, values)
            after = before if true is None else _next(rule, before, true, at)
            self.standing[rule.alert] = after
            if after.state != before.state:
                read = {name: values[name] for name in sorted(rule.expression.names) if name in values}
                changes.append(Change(rule.alert, before.state, after.state, window, at, read))
        return changes

    @property
    def firing(self) -> tuple[str, ...]:
        """Names of the alerts that fire now, in the order of the rules."""
        return tuple(rule.alert for rule in self.rules if self.standing[rule.alert].state == "firing")


def holds(rule: Rule, values: Mapping[str, Value]) -> bool | None:
    """Whether the condition holds in a window; None where it reads a value that the window does not have."""
    try:
        return bool(rule.expression.evaluate(values))
    except ExpressionError:
        return None


def said(rule: Rule, values: Mapping[str, Value]) -> str:
    """The rule's annotation for people, its `{name}` filled in."""
    words = rule.annotations.get("summary") or rule.annotations.get("description") or f"{rule.expr}"
    for name, value in values.items():
        words = words.replace(f"{{{name}}}", f"{value:.4g}" if isinstance(value, float) else str(value))
    return words


def grouped(changes: Sequence[Change], rules: Sequence[Rule], by: Sequence[str]) -> list[list[Change]]:
    """Changes of one window that go into one message: those whose labels `by` agree."""
    labels = {rule.alert: {"alertname": rule.alert, **rule.labels} for rule in rules}
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault(tuple(labels[change.alert].get(name, "") for name in by), []).append(change)
    return list(groups.values())


def _next(rule: Rule, now: Standing, true: bool, at: float) -> Standing:
    if now.state == "inactive":
        return _waiting(rule, Standing("pending", at, 0, at), at) if true else now
    if now.state == "pending":
        return _waiting(rule, now, at) if true else Standing(since=at)
    if true:
        return replace(now, windows=0, last_true=at)
    quiet = replace(now, windows=now.windows + 1)
    over = rule.keep_firing_for.over(quiet.windows - 1, at - now.last_true) or rule.keep_firing_for == Hold()
    return Standing(since=at) if over else quiet


def _waiting(rule: Rule, now: Standing, at: float) -> Standing:
    """Pending for one window more; `for: 2` fires in the second window, `for: 10m` ten minutes after the first."""
    windows = now.windows + 1
    if rule.wait.over(windows, at - now.since):
        return Standing("firing", at, 0, at)
    return replace(now, windows=windows, last_true=at)
