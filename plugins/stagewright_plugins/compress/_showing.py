"""The compress stage's part of the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stagewright.report.blocks import Block, Lines, Series, Table, Text
from stagewright.stages.metrics import MetricSpec
from stagewright.stages.verdict import Verdict

from ._front import Candidate, front

LISTED = 30  # rows of a table; `variants.json` holds all


def blocks(
    candidates: Sequence[Candidate],
    best: Candidate,
    threads: int,
    headline: MetricSpec,
    verdicts: Sequence[Verdict],
) -> list[Block]:
    """The choice in a sentence, every variant, what is reachable at each size and latency, the limits."""
    return [
        _choice(candidates, best),
        _table(candidates, best, threads, headline.keys[0]),
        *_charts(candidates, headline),
        _limits(verdicts, best),
    ]


def _choice(candidates: Sequence[Candidate], best: Candidate) -> Block:
    name, result = best.result.variant.name, best.result
    trained = candidates[0].result
    sizes = f"{result.bytes / 1000:.0f} kB of {trained.bytes / 1000:.0f} kB"
    change = "worse" if best.drop > 0 else "better"
    told = f"{sizes}, {result.latency.ratio:.2f} x the latency, {abs(best.drop):.4g} {change} on validation"
    if best.inside:
        return Text("Chosen variant", text=f"{name}: {told}.", tone="good")
    text = f"No variant is inside all limits. The nearest is {name}: {told}."
    return Text("Chosen variant", text=text, tone="bad")


def _table(candidates: Sequence[Candidate], best: Candidate, threads: int, key: str) -> Block:
    trained, on_front = candidates[0].result, front(candidates)
    # What matters first, should there be more than fit.
    ranked = sorted(
        range(len(candidates)), key=lambda i: (candidates[i] is not best, i > 0, not on_front[i], i)
    )
    shown = sorted(ranked[:LISTED])
    rows = [
        (
            one.result.variant.name,
            round(one.result.bytes / 1000, 1),
            round(one.result.bytes / trained.bytes, 3),
            *(round(one.result.latency.milliseconds[name], 2) for name in ("p50", "p95", "p99")),
            round(one.result.latency.ratio, 3),
            one.result.scored.values.get(key),
            round(one.drop, 5),
            on_front[i],
            "; ".join(check.condition for check in one.checks if not check.passed),
        )
        for i, one in ((i, candidates[i]) for i in shown)
    ]
    highlight = next(row for row, i in enumerate(shown) if candidates[i] is best)
    columns = ("Variant", "kB", "Size ratio", "p50 ms", "p95 ms", "p99 ms", "Latency ratio", key, "Drop",
               "On the front", "Misses")  # fmt: skip
    caption = (
        f"On the validation split. One request of one sample on onnxruntime, {threads} CPU thread(s), by turns "
        "with the fp32 file: trust the ratio, milliseconds vary with what else the machine does. On the front: "
        f"no other variant is better or equal in size, latency and {key}. "
        f"{len(candidates)} variants; all in variants.json."
    )
    return Table("Variants", columns=columns, rows=rows, highlight=highlight, caption=caption)


def _charts(candidates: Sequence[Candidate], headline: MetricSpec) -> list[Block]:
    if len(candidates) < 2:
        return []
    size = candidates[0].result.bytes
    caption = "The best value among variants that are no larger, or no slower; 1 is the model as trained."
    return [
        _chart(f"{headline.keys[0]} by {what}", x, candidates, headline, caption)
        for what, x in (
            ("size", lambda one: one.result.bytes / size),
            ("latency", lambda one: one.result.latency.ratio),
        )
    ]


def _chart(
    title: str,
    x: Callable[[Candidate], float],
    candidates: Sequence[Candidate],
    headline: MetricSpec,
    caption: str,
) -> Block:
    key, better = headline.keys[0], max if headline.direction == "maximize" else min
    points = sorted((x(one), one.result.scored.values[key]) for one in candidates
                    if key in one.result.scored.values)  # fmt: skip
    best: list[float | None] = [better(y for _, y in points[: i + 1]) for i in range(len(points))]
    series = [
        Series("reachable", [point[0] for point in points], best),
        Series("variants", [point[0] for point in points], [point[1] for point in points]),
    ]
    words = title.rsplit(" ", 1)[-1]
    return Lines(title, series=series, x_label=f"{words} ratio to fp32", y_label=key, caption=caption)


def _limits(verdicts: Sequence[Verdict], best: Candidate) -> Block:
    rows = [(verdict.condition, verdict.value, verdict.passed, verdict.message) for verdict in verdicts]
    split = "test" if best.inside else "validation"
    caption = (
        f"The chosen variant on the {split} split; latency timed once more. Drops are against the evaluation of "
        "the model as trained."
        if best.inside
        else "The nearest variant on the validation split; the test split was not looked at."
    )
    return Table("Limits", columns=("Limit", "Measured", "Holds", ""), rows=rows, caption=caption)
