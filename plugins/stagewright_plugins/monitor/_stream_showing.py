"""The months on the report page: did retraining pay, how each went, what drifted, what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stagewright.live.alerts import Alerts, said
from stagewright.report.blocks import Block, Cell, Facts, Interval, Intervals, Lines, Series, Table, Text
from stagewright.stages.metrics import MetricSpec
from stagewright.stages.monitor import Inputs
from stagewright.stages.scores import Score
from stagewright_plugins.scoring.axes import charts

from ._stream_life import LIVE, NEVER, WITHOUT, Lived
from ._stream_scoring import averaged
from ._stream_settings import Settings

MOST_METRICS = 3
MOST_COLUMNS = 4


def shown(inputs: Inputs, settings: Settings, done: Sequence[Lived], alerts: Alerts, why: str) -> list[Block]:
    """All blocks, what matters most first."""
    specs = [spec for spec in inputs.metrics.metrics if spec.keys[0] in done[0].models[LIVE].values]
    return [
        *_paid(done, specs),
        _facts(done, alerts, why),
        *_performance(settings, done, specs[:MOST_METRICS]),
        _retrainings(settings, done, specs[:1]),
        _canaries(done),
        _drift(settings, done),
        *_alerts(done, alerts),
    ]


def paid(done: Sequence[Lived], spec: MetricSpec) -> tuple[str, Score | None]:
    """In one sentence, and by how much: better is positive."""
    score = improvement(done, spec)
    if score is None:
        return "No retrained package was promoted, so there is nothing that retraining could have paid.", None
    over = sum(one.changed for one in done)
    words = (
        f"over {over} period{'s' * (over > 1)} the live champion's {spec.keys[0]} was on average "
        f"{abs(score.value):.4f} {'better' if score.value >= 0 else 'worse'} than that of the package never retrained"
    )
    if score.low is None or score.high is None:
        return f"Whether retraining paid cannot be told: {words}, without an interval.", score
    verdict = "Whether retraining paid cannot be told"
    if score.low > 0 or score.high < 0:
        verdict = "Retraining paid" if score.low > 0 else "Retraining did harm"
    interval = (
        f"improvement {score.value:+.4f}, 95 % interval {score.low:+.4f} to {score.high:+.4f}, days resampled"
    )
    return f"{verdict}: {words} ({interval}).", score


def improvement(done: Sequence[Lived], spec: MetricSpec) -> Score | None:
    """Mean over the periods in which another package than the first one answered; None where none did."""
    key, sign = spec.keys[0], 1.0 if spec.direction == "maximize" else -1.0
    later = [one for one in done if one.changed]
    gains = [gain for one in later if (gain := one.models[LIVE].gain(one.models[NEVER], key))]
    return averaged([(sign * value, sign * draws) for value, draws in gains]) if gains else None


def _paid(done: Sequence[Lived], specs: Sequence[MetricSpec]) -> Iterator[Block]:
    text, score = paid(done, specs[0])
    good = score is not None and score.low is not None and score.low > 0
    yield Text("Did retraining pay?", text=text, tone="good" if good else "info")
    found = [(spec.keys[0], improvement(done, spec)) for spec in specs]
    rows = {
        key: Interval(key, score.value, score.low, score.high, sum(one.changed for one in done))
        for key, score in found
        if score
    }
    caption = "Mean over the periods since the first promotion; right of 0 is better, whatever the metric."
    yield from charts(
        "What retraining gained", rows, specs, reference=0.0, reference_name="nothing", caption=caption
    )


def _facts(done: Sequence[Lived], alerts: Alerts, why: str) -> Facts:
    attempts = [one.attempt for one in done if one.attempt and one.attempt.run]
    canaries = [one.canary.verdict for one in done if one.canary]
    facts: dict[str, Cell] = {
        "periods": f"{done[0].period.key} to {done[-1].period.key}",
        "rows": sum(len(one.period.rows) for one in done),
        "requests through the gateway": sum(one.requests for one in done),
        "retrainings": len(attempts),
        "packages that passed their gates": sum(bool(one.version) for one in attempts),
        "promoted": canaries.count("promoted"),
        "rolled back or undecided": len(canaries) - canaries.count("promoted"),
        "champion at the end": f"{done[-1].champion} ({done[-1].version[:12]})",
        "alerts firing": ", ".join(alerts.firing) or "none",
        "retraining now": why or "not asked for",
    }
    return Facts("Lived through", facts=facts)


def _performance(settings: Settings, done: Sequence[Lived], specs: Sequence[MetricSpec]) -> Iterator[Block]:
    numbers = [float(i + 1) for i in range(len(done))]
    names = [name for name in (LIVE, NEVER, WITHOUT) if name in done[0].models]
    for spec in specs:
        key = spec.keys[0]
        series = [Series(name, numbers, [one.models[name].values.get(key) for one in done]) for name in names]
        estimated = [one.judged.values.get(f"estimated.{key}") for one in done]
        if any(value is not None for value in estimated):
            series.append(Series("estimated without labels", numbers, estimated))
        label = f"{settings.every} ({done[0].period.key} is 1)"
        caption = "On all rows of the period; the estimate is of the live champion's requests."
        yield Lines(f"{key} over time", series=series, x_label=label, y_label=key, caption=caption)
    for spec in specs:
        yield _scores(settings, done, names, spec)
    for spec in specs[:1]:
        yield _gains(done, spec)


def _scores(settings: Settings, done: Sequence[Lived], names: Sequence[str], spec: MetricSpec) -> Table:
    key = spec.keys[0]
    rows: list[list[Cell]] = []
    for one in done:
        values = [_interval(one.models[name].score(key)) for name in names]
        gain = one.models[LIVE].gain(one.models[NEVER], key)
        difference = _interval(averaged([gain]), "+") if gain and one.changed else "the same package"
        rows.append([one.period.key, len(one.period.rows), *values, difference, one.champion])
    columns = [settings.every, "rows", *names, "live minus never retrained", "champion at the end"]
    better = "higher" if spec.direction == "maximize" else "lower"
    caption = (
        f"{better.capitalize()} is better. 95 % intervals, days resampled; differences on the same resamples."
    )
    return Table(f"{key} by {settings.every}", columns=columns, rows=rows, caption=caption)


def _gains(done: Sequence[Lived], spec: MetricSpec) -> Intervals:
    key, sign = spec.keys[0], 1.0 if spec.direction == "maximize" else -1.0
    rows = []
    for one in done:
        gain = one.models[LIVE].gain(one.models[NEVER], key)
        if gain and one.changed:
            score = averaged([(sign * gain[0], sign * gain[1])])
            rows.append(Interval(one.period.key, score.value, score.low, score.high))
    caption = "Right of 0 the live champion was better than the package never retrained."
    return Intervals(
        f"What retraining gained in {key}, period by period",
        rows=rows,
        reference=0.0,
        reference_name="no difference",
        caption=caption,
    )


def _retrainings(settings: Settings, done: Sequence[Lived], specs: Sequence[MetricSpec]) -> Table:
    rows: list[list[Cell]] = []
    keys = [spec.keys[0] for spec in specs]
    for one in done:
        if one.attempt is None:
            continue
        told, metrics = one.attempt, one.attempt.metrics or {}
        measured = ", ".join(f"{key} {metrics[key]:.4f}" for key in keys if key in metrics)
        rows.append([told.period, told.why or "no", told.outcome, measured, told.version[:12], told.run])
    columns = [
        f"at the end of {settings.every}",
        "asked for by",
        "outcome",
        "on its own test split",
        "version",
        "run",
    ]
    caption = "A retraining passes the gates of the recipe, or leaves the champion as it is."
    return Table("Retraining", columns=columns, rows=rows, caption=caption)


def _canaries(done: Sequence[Lived]) -> Table:
    rows: list[list[Cell]] = [
        [
            one.period.key,
            one.challenger,
            one.canary.verdict.replace("_", " "),
            one.canary.requests,
            one.canary.reason,
        ]
        for one in done
        if one.canary
    ]
    columns = ["period", "challenger", "verdict", "requests", "reason"]
    caption = "Challengers against the champion, on the first requests of the period through the gateway."
    return Table("Canaries", columns=columns, rows=rows, caption=caption)


def _drift(settings: Settings, done: Sequence[Lived]) -> Table:
    rows: list[list[Cell]] = []
    for one in done:
        worst: dict[str, float] = {}
        for item in one.judged.findings:
            if item.drifted and item.column != "*":
                size = item.effect / item.floor if item.floor else item.effect
                worst[item.column] = max(worst.get(item.column, 0.0), size)
        names = sorted(worst, key=lambda name: -worst[name])
        most = ", ".join(f"{name} ({worst[name]:.1f})" for name in names[:MOST_COLUMNS])
        lasting = one.judged.values.get("drifted")
        rows.append([one.period.key, len(names), None if lasting is None else int(lasting), most or "none"])
    columns = [
        settings.every,
        "columns drifted",
        f"{settings.choices.consecutive} in a row",
        "most (effect in floors)",
    ]
    caption = (
        "Requests against the reference of the package that answered them, so a retrained one starts anew."
    )
    return Table(f"Drift by {settings.every}", columns=columns, rows=rows, caption=caption)


def _alerts(done: Sequence[Lived], alerts: Alerts) -> Iterator[Block]:
    if not alerts.rules:
        return
    rules = {rule.alert: rule for rule in alerts.rules}
    rows: list[list[Cell]] = [
        [one.period.key, change.alert, change.before, change.now, said(rules[change.alert], change.values)]
        for one in done
        for change in one.changes
    ]
    columns = ["period", "alert", "before", "now", "what it said"]
    known = {name for one in done for name in one.judged.values}
    blind = [rule.alert for rule in alerts.rules if not rule.expression.names <= known]
    caption = f"No period has a value that {', '.join(blind)} reads." if blind else ""
    yield Table("Alerts", columns=columns, rows=rows, caption=caption)


def _interval(score: Score | None, sign: str = "") -> str | None:
    if score is None:
        return None
    value = f"{score.value:{sign}.4f}"
    if score.low is None or score.high is None:
        return value
    return f"{value} ({score.low:{sign}.4f} to {score.high:{sign}.4f})"
