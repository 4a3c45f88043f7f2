"""Whether to train anew when a period is over, and the package that comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.live.retraining import moved, reason, withheld
from stagewright.stages.framing import Approach
from stagewright.stages.monitor import Inputs, Retrained

from ._stream_packages import Answering, answering
from ._stream_periods import Period
from ._stream_settings import Settings


@dataclass(frozen=True)
class Attempt:
    """What was decided at the end of a period.

    Attributes:
        why: what asked for it; empty where nothing did.
        outcome: how it ended, in words.
        run: id of the retraining run; empty where there was none.
    """

    period: str
    at: float
    why: str
    outcome: str
    run: str = ""
    version: str = ""
    metrics: Mapping[str, float] | None = None


def attempted(
    inputs: Inputs,
    settings: Settings,
    period: Period,
    firing: Sequence[str],
    began: float,
    earlier: Sequence[float],
    champion: Answering,
) -> tuple[Attempt, Answering | None]:
    """Retrain if the policy says so; the challenger, where one passed its gates.

    `firing` are the alerts that fire, `began` is when the champion began to serve, `earlier` are the times of earlier
    retrainings.
    """
    policy, now = settings.choices.retrain, period.end
    why = reason(policy, firing, began, earlier, now) if policy else ""
    if policy is None or not why:
        asking = [name for name in firing if policy and name in policy.alerts]
        held = withheld(policy, earlier, now) if policy and asking else ""
        said = f"not now: {held}" if held else "nothing asks for it"
        return Attempt(period.key, now, f"alert {', '.join(asking)}" if asking else "", said), None
    if inputs.retrain is None:
        raise StagewrightError("monitor: `stream` can only retrain within a run")
    changes = moved(policy.set, period.last) | ({} if settings.retrain_all else only_chosen(inputs))
    done = inputs.retrain(changes, f"{why}, at the end of {period.key}")
    outcome, challenger = _challenger(inputs, done, period, champion)
    version = challenger.version if challenger else ""
    return Attempt(period.key, now, why, outcome, done.run, version, dict(done.metrics)), challenger


def only_chosen(inputs: Inputs) -> dict[str, Any]:
    """Changes that leave of several approaches the one whose model was chosen; none where that cannot be told.

    The package's card holds the settings that its model was trained with.
    """
    approaches = inputs.framing.approaches
    card = inputs.deploy.path / "card.json"
    if len(approaches) < 2 or not card.is_file():
        return {}
    spec = (json.loads(card.read_text(encoding="utf-8")).get("model") or {}).get("spec") or {}
    fitting = [one for one in approaches if _fits(one, spec)]
    if not fitting:
        return {}
    chosen = max(fitting, key=lambda one: len(one.train))
    return {"framing.approaches": [chosen.model_dump(mode="json")]}


def _fits(approach: Approach, spec: Mapping[str, Any]) -> bool:
    """Whether a model was trained with what the approach lays over `train`."""
    return all(spec.get(name) == value for name, value in approach.train.items())


def _challenger(
    inputs: Inputs, done: Retrained, period: Period, champion: Answering
) -> tuple[str, Answering | None]:
    if done.package is None:
        return f"no package: {done.message}", None
    if done.package.version == champion.version:
        return "the same package as before", None
    said = f"trained at the end of {period.key}"
    found = answering(done.package.path, inputs.context.resolve, said, period.end)
    return "a package that is rolled out next", found
