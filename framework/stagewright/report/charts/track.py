"""A KPI as a track: worse on the left, better on the right, whichever way the figure counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.report.charts.frame import percent
from stagewright.report.figures import finite
from stagewright.report.markup import Child, Html, element

_HEIGHT = 64
_MIDDLE = 38


def track(kpi: Mapping[str, Any], told: str) -> Html:
    """Today's figure, the one without ML, the one reached, and the target's mark."""
    known = {key: float(kpi[key]) for key in ("baseline", "target", "no_ml", "value") if finite(kpi.get(key))}
    at = _places(known, minimize=kpi.get("direction") == "minimize")
    marks: list[Child] = [_bar("track", 0.0, 1.0)]
    if "baseline" in at and "value" in at:
        way = "way" if at["value"] >= at["baseline"] else "way back"
        marks.append(_bar(way, *sorted((at["baseline"], at["value"]))))
    if "target" in at:
        marks += _target(at["target"])
    marks += [mark(key, percent(at[key]), _MIDDLE) for key in ("baseline", "no_ml", "value") if key in at]
    return element(
        "svg", marks, class_="kpi-track", role="img", aria_label=told, width="100%", height=_HEIGHT
    )


def mark(key: str, x: str, y: float) -> Html:
    """The shape of one of a KPI's figures, the same on the track and beside its name."""
    if key == "no_ml":
        diamond = element(
            "rect", class_="mark no_ml", x="-5", y="-5", width="10", height="10", transform="rotate(45)"
        )
        return element("svg", diamond, x=x, y=y, overflow="visible")
    if key == "target":
        return element("line", class_="mark target", x1=x, x2=x, y1=y - 7, y2=y + 7)
    return element("circle", class_=f"mark {key}", cx=x, cy=y, r="8" if key == "value" else "6")


def _places(known: Mapping[str, float], minimize: bool) -> dict[str, float]:
    low, high = min(known.values(), default=0.0), max(known.values(), default=1.0)
    span = (high - low) or 1.0
    shares = {key: (value - low) / span for key, value in known.items()}
    if minimize:
        shares = {key: 1 - share for key, share in shares.items()}
    return {key: 0.04 + 0.92 * share for key, share in shares.items()}


def _bar(name: str, start: float, end: float) -> Html:
    return element(
        "rect", class_=name, x=percent(start), width=percent(end - start), y=_MIDDLE - 3, height="6", rx="3"
    )


def _target(at: float) -> list[Html]:
    anchor = "end" if at > 0.9 else "start" if at < 0.1 else "middle"
    x = percent(at)
    line = element("line", class_="mark target", x1=x, x2=x, y1=_MIDDLE - 18, y2=_MIDDLE + 18)
    return [line, element("text", "target", class_="tick", x=x, y=_MIDDLE - 24, text_anchor=anchor)]
