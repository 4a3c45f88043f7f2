"""The recipe's alerts as a Prometheus rule group, with what the words there cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.expression import parse
from stagewright.live.alerts import Hold, Rule
from stagewright.rollout.durations import seconds

from .promql import Unmapped, promql, template

NO_VALUE = (
    "where a window has no value that an alert reads, Prometheus resolves the alert; here it stays as it is"
)


def rules(section: Mapping[str, Any]) -> list[Rule]:
    """The section's alerts."""
    return [Rule.model_validate(item) for item in section.get("alerts") or ()]


def group(model: str, section: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """One rule group, and what it cannot express."""
    window, written, unmapped = section.get("window"), [], []
    for rule in rules(section):
        try:
            told = {"alert": rule.alert, "expr": promql(parse(rule.expr), model)}
        except Unmapped as why:
            unmapped.append(f"alerts: {rule.alert} is left out: {why}, which PromQL has no word for")
            continue
        for key, hold in (("for", rule.wait), ("keep_firing_for", rule.keep_firing_for)):
            length = _length(hold, window)
            if length is None:
                what = f"{hold.windows} windows of {window} requests have no length in time"
                unmapped.append(f"alerts: {rule.alert}: `{key}` is left out: {what}")
            elif length:
                told[key] = duration(length)
        names = sorted(rule.expression.names)
        words = {key: template(text, names, model) for key, text in rule.annotations.items()}
        labels = {"severity": rule.severity, "model": model, **rule.labels}
        written.append(told | {"labels": labels} | ({"annotations": words} if words else {}))
    return {"name": f"stagewright-{model}", "rules": written}, [*unmapped, *([NO_VALUE] if written else [])]


def duration(length: float) -> str:
    """Seconds in Prometheus's words, whole: `90s` is `1m30s`."""
    found, rest = "", round(length)
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        found += f"{count}{unit}" if count else ""
    return found or "0s"


def _length(hold: Hold, window: Any) -> float | None:
    """Seconds; windows in a row: the first is over when the clock begins, so one fewer of them must pass."""
    if not hold.windows:
        return hold.seconds
    if not isinstance(window, str):
        return 0.0 if hold.windows == 1 else None
    return float(seconds(window)) * (hold.windows - 1)


def receivers(notify: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Alertmanager's receivers for the ways to notify; web hooks are all that both know."""
    hooks, unmapped = [], []
    for channel in notify:
        if channel["type"] != "apprise":
            unmapped.append(f"notify: {channel['type']!r} has no receiver in Alertmanager")
            continue
        for url in channel.get("urls", ()):
            scheme, _, rest = str(url).partition("://")
            if scheme in ("json", "jsons"):
                hooks.append({"url": f"{'https' if scheme == 'jsons' else 'http'}://{rest}"})
            else:
                unmapped.append(
                    f"notify: an Apprise URL `{scheme}://` is left out: give Alertmanager its own receiver"
                )
    return [{"name": "stagewright", **({"webhook_configs": hooks} if hooks else {})}], unmapped
