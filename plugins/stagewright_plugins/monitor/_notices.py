"""Who is told of an alert, once, in as few messages as its labels allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.live.alerts import Change, Rule, grouped, said
from stagewright.stages.monitor import Notice

from ._choices import Choices
from ._traffic import Traffic


def tell(choices: Choices, context: Context, found: Traffic, changes: Sequence[Change]) -> None:
    """Deliver what is new: alerts that began or stopped to fire. Of a replay, people do not hear.

    A message that cannot be delivered is an event of the run and stops nothing: the alert stands in the report, in
    the log and in the exit code as well.
    """
    new = [
        change
        for change in changes
        if (change.fired or change.resolved) and (change.alert, change.window, change.now) not in found.told
    ]
    if not new:
        return
    channels = [item for item in choices.notify if found.live or not item.facts.reaches_people]
    for channel in channels:
        deliver = channel(context)
        for notice in notices(choices, context.name, new):
            try:
                deliver(notice)
            except (StagewrightError, OSError) as error:
                context.emit("notice_failed", channel=channel.type, title=notice.title, error=str(error))


def notices(choices: Choices, name: str, changes: Sequence[Change]) -> list[Notice]:
    """Changes of one window with equal labels make one notice; what fires and what is over are kept apart."""
    found = []
    for _, window in groupby(changes, key=lambda change: change.window):
        kept = list(window)
        for fired in (True, False):
            part = [change for change in kept if change.fired is fired]
            for group in grouped(part, choices.alerts, choices.group_by):
                found.append(_notice(choices, name, group, fired))
    return found


def _notice(choices: Choices, name: str, changes: Sequence[Change], fired: bool) -> Notice:
    rules: dict[str, Rule] = {rule.alert: rule for rule in choices.alerts}
    names = ", ".join(change.alert for change in changes)
    lines = [f"{change.alert}: {said(rules[change.alert], change.values)}" for change in changes]
    labels = {"model": name, "window": changes[0].window, **rules[changes[0].alert].labels}
    severity = rules[changes[0].alert].severity if fired else "resolved"
    return Notice(f"{name}: {names} {'fires' if fired else 'is over'}", "\n".join(lines), severity, labels)
