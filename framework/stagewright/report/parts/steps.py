"""The part of one step: what it showed while it worked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagewright.record.record import SHOWN
from stagewright.report import draw
from stagewright.report.figures import duration, size, words
from stagewright.report.markup import Html, element, join, slug
from stagewright.report.parts.part import Part, chip, tone

Run = Mapping[str, Any]
_LONGEST_TRACE = 20_000  # characters


def step(run: Run, item: Run, artifact: Callable[[str], Path], events: Sequence[Run]) -> Part | None:
    """The blocks that a step showed; for one that did not finish, how far it came."""
    name, status = str(item.get("step")), str(item.get("status"))
    open_ended = status in ("failed", "unfinished", "running")
    shown, folder = _blocks(item, artifact) if item.get("artifact") else _shown_before_failing(name, run)
    curves = progress(events, name) if open_ended else []
    if not (shown or open_ended):
        return None
    ended = _ended(item, run) if open_ended else None
    body = join(_about(item), ended, draw.blocks([*curves, *shown], folder))
    mark = tone(status) if open_ended else ""
    return Part(_title(name), body, f"step-{slug(name)}", kicker=f"Step · {name}", tone=mark, step=True)


def progress(events: Sequence[Run], step: str) -> list[dict[str, Any]]:
    """Curves of the epochs that a step reported, for one that left no artifact."""
    curves: dict[str, tuple[list[Any], list[Any]]] = {}
    for event in events:
        if event.get("event") != "epoch" or event.get("step") != step:
            continue
        for key, value in (event.get("metrics") or {}).items():
            xs, ys = curves.setdefault(str(key), ([], []))
            xs.append(event.get("epoch", len(xs)))
            ys.append(value)
    families: dict[str, list[dict[str, Any]]] = {}
    for key, (xs, ys) in curves.items():
        families.setdefault(re.sub("^(train|validation|val)[_/.]", "", key), []).append(
            {"name": key, "x": xs, "y": ys}
        )
    return [
        {"kind": "lines", "title": words(name), "series": series, "x_label": "epoch"}
        for name, series in families.items()
        if "." not in name
    ]


def _title(name: str) -> str:
    section, _, approach = name.partition("/")
    return f"{words(section)}: {approach}" if approach else words(section)


def _blocks(step: Run, artifact: Callable[[str], Path]) -> tuple[list[Any], Path]:
    folder = artifact(str(step["artifact"]))
    return _read(folder / "report.json"), folder


def _shown_before_failing(name: str, run: Run) -> tuple[list[Any], Path]:
    path = _left(name, run, SHOWN)
    return _read(path), path.parent


def _read(path: Path) -> list[Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        said = f"{path.name} cannot be read: {error}"
        return [{"kind": "text", "title": "", "tone": "warning", "text": said}]
    return found if isinstance(found, list) else []


def _left(name: str, run: Run, suffix: str) -> Path:
    """What a step that raised left in the run's folder."""
    return Path(str(run.get("folder") or "")) / "errors" / f"{name.replace('/', '.')}{suffix}"


def _about(step: Run) -> Html:
    status = str(step.get("status") or "")
    plugin = element("code", step["plugin"]) if step.get("plugin") else None
    took = step.get("seconds_when_run") if status == "cached" else step.get("seconds")
    told = [
        plugin,
        chip(status),
        duration(took) if took else None,
        size(step["bytes"]) if step.get("bytes") else None,
    ]
    return element("p", [element("span", item) for item in told if item is not None], class_="meta")


def _ended(step: Run, run: Run) -> Html:
    reason = str(step.get("reason") or "It did not finish.")
    colour = "info" if step.get("status") == "running" else "bad"
    return join(draw.text(reason, colour), _trace(str(step.get("step")), run))


def _trace(step: str, run: Run) -> Html | None:
    try:
        trace = _left(step, run, ".txt").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None  # only steps that raised leave one
    inner = element("pre", trace[-_LONGEST_TRACE:], tabindex="0")
    return element("details", element("summary", element("h3", "Traceback")), inner, class_="block")
