"""What several runs have in common and where they differ; shown as a page or as terminal text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.frozen import frozen
from stagewright.record.revisions import flattened
from stagewright.report.figures import finite

Run = Mapping[str, Any]
_MOST_KEYS = 6


@frozen
class Compared:
    """Runs as `record.load` gives them, side by side; every list has one entry per run, in order.

    Attributes:
        settings: config paths whose value is not the same everywhere (None: not set there).
        kpis: estimates by KPI name.
        keys: headline metric keys, the leading one first.
        best: index of the best run by the leading key, where at least two have a value.
    """

    runs: Sequence[Run]
    settings: Mapping[str, Sequence[Any]]
    kpis: Mapping[str, Sequence[float | None]]
    keys: Sequence[str]
    best: int | None

    def score(self, index: int, key: str) -> Mapping[str, Any]:
        """A metric's value with its interval, empty where a run has none."""
        return (self.runs[index].get("metrics") or {}).get(key) or {}

    def name(self, index: int) -> str:
        """A run by the overrides it was started with, where these tell the runs apart, else by its id."""
        told = [", ".join(map(str, run.get("overrides") or ())) for run in self.runs]
        apart = len(set(told)) == len(told) and told[index]
        return told[index] if apart else str(self.runs[index].get("id") or index + 1)


def compare(runs: Sequence[Run]) -> Compared:
    """Everything the page and the text show."""
    keys = _keys(runs)
    return Compared(runs, _settings(runs), _kpis(runs), keys, _best(runs, keys[0]) if keys else None)


def _settings(runs: Sequence[Run]) -> dict[str, list[Any]]:
    flat = [flattened(run.get("config") or {}) for run in runs]
    keys = dict.fromkeys(key for settings in flat for key in settings)
    found = {key: [settings.get(key) for settings in flat] for key in keys}
    return {key: values for key, values in found.items() if any(value != values[0] for value in values)}


def _kpis(runs: Sequence[Run]) -> dict[str, list[float | None]]:
    values = [{str(kpi.get("name")): kpi.get("value") for kpi in run.get("kpis") or []} for run in runs]
    names = dict.fromkeys(name for found in values for name in found)
    return {name: [found.get(name) for found in values] for name in names}


def _specs(runs: Sequence[Run]) -> list[Mapping[str, Any]]:
    return [spec for run in runs for spec in run.get("metric_specs") or [] if spec.get("keys")]


def _keys(runs: Sequence[Run]) -> list[str]:
    known = dict.fromkeys(key for run in runs for key in run.get("metrics") or {})
    leading = dict.fromkeys(spec["keys"][0] for spec in _specs(runs))
    rest = [key for key in known if key not in leading and "." not in key]
    return [*(key for key in leading if key in known), *rest][:_MOST_KEYS]


def _best(runs: Sequence[Run], key: str) -> int | None:
    values = {i: ((run.get("metrics") or {}).get(key) or {}).get("value") for i, run in enumerate(runs)}
    known = {index: float(value) for index, value in values.items() if value is not None and finite(value)}
    lower = any(spec.get("direction") == "minimize" and key in spec["keys"] for spec in _specs(runs))
    return (min if lower else max)(known, key=lambda index: known[index]) if len(known) > 1 else None
