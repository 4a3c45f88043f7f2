"""Whether a model should be trained anew now, and why: by alert, by schedule, within limits. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stagewright.live.schedules import Schedule, key, latest
from stagewright.rollout.durations import Duration, text

WEEK = 7 * 86_400.0


class Retraining(BaseModel):
    """The recipe's `monitor.retrain`.

    Attributes:
        alerts: names of alerts that ask for it while they fire (`on` would be a boolean in YAML).
        schedule: `hourly`, `daily`, `weekly`, `monthly` or cron text (UTC); None: by alert only.
        cooldown: least time between two retrainings.
        max_per_week: most retrainings within seven days.
        set: what a retraining changes, by dotted key: `data.until: "{today}"`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    alerts: tuple[str, ...] = ()
    schedule: Schedule | None = None
    cooldown: Duration = 86_400.0
    max_per_week: int = Field(default=3, ge=1)
    set: dict[str, Any] = Field(default_factory=dict)


def reason(
    policy: Retraining, firing: Sequence[str], began: float, earlier: Sequence[float], now: float
) -> str:
    """Why to retrain at `now`; empty where it need not, or may not yet.

    Args:
        policy: when to.
        firing: alerts that fire.
        began: when the model in service began; a period that was due before is none of its business.
        earlier: times of earlier retrainings.
        now: Unix time.
    """
    why = asked(policy, firing, max([began, *earlier]), now)
    return "" if not why or withheld(policy, earlier, now) else why


def withheld(policy: Retraining, earlier: Sequence[float], now: float) -> str:
    """Why nothing may be retrained now though it is asked for; empty where it may."""
    if earlier and now - max(earlier) < policy.cooldown:
        return f"the last retraining is less than {text(policy.cooldown)} ago"
    if sum(now - moment < WEEK for moment in earlier) >= policy.max_per_week:
        return f"{policy.max_per_week} retrainings within a week is the limit"
    return ""


def free(policy: Retraining, earlier: Sequence[float]) -> float:
    """Unix time from which nothing is withheld any more."""
    moments = sorted(earlier)[-policy.max_per_week :]
    full = len(moments) == policy.max_per_week
    return max([0.0, *(m + policy.cooldown for m in moments[-1:]), *(m + WEEK for m in moments[:1] if full)])


def moved(changes: Mapping[str, Any], now: datetime.datetime) -> dict[str, Any]:
    """`set` at a moment: `{today}` becomes its date in the zone of `now`, `{now}` its time in UTC, both ISO 8601."""
    told = {"{today}": f"{now:%Y-%m-%d}", "{now}": f"{now.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"}
    return {
        key: told.get(value, value) if isinstance(value, str) else value for key, value in changes.items()
    }


def asked(policy: Retraining, firing: Sequence[str], last: float, now: float) -> str:
    """What asks for a retraining at `now`, the last one (or the model's beginning) at `last`; empty: nothing does."""
    asking = [name for name in firing if name in policy.alerts]
    if asking:
        return f"alert {', '.join(asking)}"
    due = latest(policy.schedule, now) if policy.schedule else None
    return f"schedule {key(policy.schedule, due)}" if policy.schedule and due and due > last else ""
