"""One period after the other: serve, learn the labels, judge, alert, retrain, roll out."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stagewright.content import write_atomically
from stagewright.errors import StagewrightError
from stagewright.live.alerts import Alerts, Change
from stagewright.live.retraining import reason
from stagewright.stages.monitor import Health, Inputs
from stagewright_plugins.monitoring.promql import exposition
from stagewright_plugins.replaying.guards import refuse_unknown_labels, replayable
from stagewright_plugins.replaying.samples import truth
from stagewright_plugins.tables.arriving import after, before, zone

from ._judging import Judged, completed
from ._notices import tell
from ._stream_judging import Seen, held_out, judged, seen
from ._stream_packages import Answering, Probabilities, answering, baseline
from ._stream_periods import Period, periods
from ._stream_retraining import Attempt, attempted
from ._stream_scoring import Drawn, drawn
from ._stream_serving import Answers, Canary, Late, Serving
from ._stream_settings import Settings

LIVE, NEVER, WITHOUT = "live champion", "never retrained", "no-ML baseline"
_STREAM = 71_302  # keeps the draws of requests apart from others that start from the same seed


@dataclass(frozen=True)
class Lived:
    """A period, and what became of it.

    Attributes:
        champion: of its end; `said` in words.
        models: scores by model, on all its rows.
        known: the live champion's values on the rows whose labels were known when the period ended.
        requests: sent to the gateway.
        changed: whether another package than the first one answered any of its rows.
    """

    period: Period
    champion: str
    version: str
    judged: Judged
    models: dict[str, Drawn]
    known: dict[str, float]
    requests: int
    changed: bool
    challenger: str = ""
    canary: Canary | None = None
    attempt: Attempt | None = None
    changes: tuple[Change, ...] = ()


def lived(inputs: Inputs, settings: Settings) -> Health:
    """Everything from the rows to the handle."""
    if inputs.data.modality != "tabular":
        raise StagewrightError(
            f"monitor: `stream` lives through rows of a table, the data is {inputs.data.modality}"
        )
    if inputs.retrain is None:
        raise StagewrightError(
            "monitor: `stream` lives through recorded rows within a run; for live traffic use `type: standard`"
        )
    return _Life(inputs, settings).run()


@dataclass
class _Life:
    inputs: Inputs
    settings: Settings
    done: list[Lived] = field(default_factory=list)
    retrained: list[float] = field(default_factory=list)
    waiting: list[Late] = field(default_factory=list)
    windows: list[Judged] = field(default_factory=list)

    def run(self) -> Health:
        inputs, context = self.inputs, self.inputs.context
        self.past, self.arriving = before(inputs.data), after(inputs.data)
        self.truth = truth(inputs.metrics, inputs.framing.task, context)
        self.policy = replayable(self.settings.canary, inputs.metrics, inputs.framing.task)
        refuse_unknown_labels(self.policy, self.truth.keys)
        self.alerts = Alerts(self.settings.choices.alerts)
        found = periods(self.arriving, zone(inputs.data), self.settings)
        self.first = answering(inputs.deploy.path, context.resolve, "the first package", found[0].start)
        self.champion, self.challenger, self.began = self.first, None, found[0].start
        self.without = baseline(inputs)
        for number, period in enumerate(found):
            self._live(number, period, last=number + 1 == len(found))
            context.emit("progress", what="periods lived through", done=number + 1, total=len(found))
        return self._health(found[-1])

    champion: Answering = field(init=False)
    challenger: Answering | None = field(init=False)

    def _live(self, number: int, period: Period, last: bool) -> None:
        stable, challenger = self.champion, self.challenger
        answers, given = self._answered(number, period, stable, challenger)
        canary = answers.canary
        if canary:
            self.inputs.context.emit("canary", period=period.key, **asdict(canary))
        if canary and canary.verdict == "promoted" and challenger:
            self.champion, self.began = challenger, canary.at
        by = {stable.version: stable} | ({challenger.version: challenger} if challenger else {})
        found = seen(period, answers.events)
        models = self._scored(number, period, given)
        known = self._known(period, given[LIVE])
        window = self._judged(found, by[found.version], period, known)
        changes = self._alerted(window, found)
        self.challenger = None
        lived = Lived(
            period,
            self.champion.said,
            self.champion.version,
            window,
            models,
            known,
            len(answers.probabilities),
            any(one is not self.first for one in (stable, self.champion)),
            challenger.said if challenger else "",
            canary,
            changes=tuple(changes),
        )
        if not last:
            attempt, self.challenger = attempted(
                self.inputs,
                self.settings,
                period,
                self.alerts.firing,
                self.began,
                self.retrained,
                self.champion,
            )
            self.retrained += [period.end] if attempt.run else []
            lived = replace(lived, attempt=attempt)
        self.done.append(lived)

    def _answered(
        self, number: int, period: Period, stable: Answering, challenger: Answering | None
    ) -> tuple[Answers, dict[str, Probabilities]]:
        """The requests through the gateway, then every row by every model; late labels wait."""
        serving = Serving(
            self.inputs, period, self._places(number, period), stable, challenger, self.policy, self.truth,
            self.inputs.context.workdir / "periods" / period.key, self.waiting,
        )  # fmt: skip
        answers = serving.run()
        self.waiting = answers.late
        inputs = period.rows.rows.inputs
        never = self.first.probabilities(inputs)
        live = never if stable is self.first else stable.probabilities(inputs)
        live = live.copy()
        if challenger and answers.canary and answers.canary.verdict == "promoted":
            taken = period.rows.times >= answers.canary.at
            live[taken] = challenger.probabilities(inputs)[taken]
        there = np.isfinite(answers.probabilities).all(
            axis=1
        )  # a request that failed is scored as if repeated
        live[serving.places[there]] = answers.probabilities[there]
        given = {LIVE: live, NEVER: never}
        return answers, given | ({WITHOUT: self.without.probabilities(inputs)} if self.without else {})

    def _places(self, number: int, period: Period) -> NDArray[np.int64]:
        count = len(period.rows)
        random = np.random.default_rng([self.inputs.context.seed, _STREAM, number])
        return np.sort(random.permutation(count)[: self.settings.requests])

    def _scored(self, number: int, period: Period, given: dict[str, Probabilities]) -> dict[str, Drawn]:
        rows = period.rows
        return drawn(self.inputs, given, rows.rows.targets, rows.groups, self.settings.resamples, number)

    def _known(self, period: Period, live: Probabilities) -> dict[str, float]:
        there = period.rows.known <= period.end
        if not there.any():
            return {}
        targets, groups = period.rows.rows.targets[there], period.rows.groups[there]
        found = drawn(self.inputs, {LIVE: live[there]}, targets, groups, 0, 0)
        return dict(found[LIVE].values)

    def _judged(self, found: Seen, answered: Answering, period: Period, known: dict[str, float]) -> Judged:
        """With the recipe's metrics over all rows known by now instead of their mean over requests."""
        rows = held_out(self.past, self.arriving, answered, period.start)
        window = judged(self.inputs, self.settings.choices, found, answered, rows, self.truth)
        self.windows.append(replace(window, values=window.values | known))
        whole = completed(self.windows, {}, self.settings.choices.consecutive)[-1]
        promised = {f"reference.{key}": value for key, value in _card(answered).items()}
        return replace(whole, values=whole.values | promised)

    def _alerted(self, window: Judged, found: Seen) -> list[Change]:
        changes = self.alerts.observe(window.key, window.end, window.values)
        for change in changes:
            self.inputs.context.emit("alert", **asdict(change))
        tell(self.settings.choices, self.inputs.context, found.traffic, changes)
        return changes

    def _health(self, last: Period) -> Health:
        from ._stream_showing import shown

        policy, firing = self.settings.choices.retrain, self.alerts.firing
        why = reason(policy, firing, self.began, self.retrained, last.end) if policy else ""
        self._write(why)
        self.inputs.context.show(*shown(self.inputs, self.settings, self.done, self.alerts, why))
        return Health(self.inputs.context.workdir, firing, why)

    def _write(self, why: str) -> None:
        folder = self.inputs.context.workdir
        files: dict[str, Any] = {
            "windows.json": [one.judged.to_json() for one in self.done],
            "alerts.json": [asdict(change) for one in self.done for change in one.changes],
            "anomalies.json": [],
            "retrain.json": {"reason": why},
            "periods.json": [told(one) for one in self.done],
        }
        for name, content in files.items():
            write_atomically(folder / name, json.dumps(_plain(content), indent=1, default=str) + "\n")
        write_atomically(
            folder / "metrics.prom", exposition(self.inputs.context.name, self.done[-1].judged.values)
        )


def told(one: Lived) -> dict[str, Any]:
    """A period as plain values: what `periods.json` holds."""
    scores = {
        model: {key: asdict(score) for key in found.values if (score := found.score(key))}
        for model, found in one.models.items()
    }
    return {
        "period": one.period.key,
        "rows": len(one.period.rows),
        "requests": one.requests,
        "champion": {"said": one.champion, "version": one.version},
        "scores": scores,
        "known_at_end": one.known,
        "challenger": one.challenger,
        "canary": asdict(one.canary) if one.canary else None,
        "attempt": asdict(one.attempt) if one.attempt else None,
    }


def _card(answered: Answering) -> dict[str, float]:
    from ._package import promised

    return dict(promised(answered.path).metrics)


def _plain(value: Any) -> Any:
    """JSON knows no NaN."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
