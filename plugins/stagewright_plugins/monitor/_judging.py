"""One window judged: its values, what has drifted, what its performance is likely to be, its strangest requests."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from stagewright.stages.monitor import DetectorInputs, Estimate, EstimatorInputs, Finding
from stagewright_plugins.monitoring.anomalies import Anomaly, strangest
from stagewright_plugins.monitoring.columns import TARGET, VALUE
from stagewright_plugins.monitoring.correction import corrected
from stagewright_plugins.monitoring.frames import live_frame
from stagewright_plugins.monitoring.values import hits, values
from stagewright_plugins.monitoring.windows import Window

from ._choices import Choices
from ._package import Promised
from ._traffic import Traffic

MOST_LABELLED = 5000  # newest labelled rows that estimators learn from


@dataclass(frozen=True)
class Judged:
    """A window's numbers; `values` get drift, estimates and promises added when all windows are known."""

    key: str
    start: float
    end: float
    complete: bool
    size: tuple[int, int, int]
    values: dict[str, float]
    findings: tuple[Finding, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    digest: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain values: what `windows.json` and the event log hold."""
        return asdict(self)


@dataclass
class Judge:
    """Judges the windows of one look, one after the other.

    Attributes:
        valued: gives a window whose labels hold what the recipe's metrics say of them.
    """

    traffic: Traffic
    package: Promised
    choices: Choices
    digest: str
    seed: int
    valued: Callable[[Window], Window] = lambda window: window
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict)

    def __call__(self, index: int) -> Judged:
        """The window by its place; one that an earlier look judged and that got nothing new is taken over."""
        window = self.traffic.windows[index]
        known = self.traffic.known.get(window.key)
        if known and known.get("digest") == self.digest and tuple(known["size"]) == window.size:
            return taken_over(known)
        frame = self.frame(window)
        found = values(window, frame)
        settled = window.complete or not self.traffic.live
        fit = settled and len(frame) >= self.choices.least
        return Judged(
            window.key,
            window.start,
            window.end,
            settled,
            window.size,
            found,
            tuple(self._findings(frame)) if fit and len(self.package.reference) else (),
            tuple(self._estimates(index, frame)) if fit else (),
            tuple(strangest(self.package.reference, frame, self.choices.anomalies)),
            self.digest,
        )

    def frame(self, window: Window) -> pd.DataFrame:
        """The window's requests as a frame, made once."""
        if window.key not in self._frames:
            package, most = self.package, self.choices.payloads
            self._frames[window.key] = live_frame(
                self.valued(window), package.signature, self.traffic.folder, most, package.reference
            )
        return self._frames[window.key]

    def _findings(self, frame: pd.DataFrame) -> list[Finding]:
        inputs = DetectorInputs(self.package.reference, frame, self.choices.alpha, self.seed)
        found = [item for detector in self.choices.detectors for item in detector(inputs)]
        return corrected(found, self.choices.alpha)

    def _estimates(self, index: int, frame: pd.DataFrame) -> list[Estimate]:
        """Estimators learn from labelled requests of earlier windows; the first estimate of a metric counts."""
        reference = self._labelled(self.traffic.windows[:index])
        if not len(reference):
            return []
        inputs = EstimatorInputs(reference, frame, self.seed)
        found: dict[str, Estimate] = {}
        for estimator in self.choices.estimators:
            for estimate in estimator(inputs):
                if all(map(math.isfinite, (estimate.value, estimate.low, estimate.high))):
                    found.setdefault(estimate.metric, estimate)
        return list(found.values())

    def _labelled(self, windows: Sequence[Window]) -> pd.DataFrame:
        parts = [part for part in map(self._labelled_rows, windows) if len(part)]
        return pd.concat(parts).iloc[-MOST_LABELLED:] if parts else pd.DataFrame()

    def _labelled_rows(self, window: Window) -> pd.DataFrame:
        if not window.labels:
            return pd.DataFrame()
        frame = self.frame(window)
        names = [name for name in frame.columns if name == TARGET or str(name).startswith(VALUE)]
        rows = frame[frame[names].notna().any(axis=1)] if names else frame.iloc[:0]
        right = hits(rows)
        if right is not None and f"{VALUE}accuracy" not in rows:
            rows = rows.assign(**{f"{VALUE}accuracy": right.astype(float).reindex(rows.index)})
        return rows


def taken_over(known: Mapping[str, Any]) -> Judged:
    """A window as an earlier look left it in the log, where what was no number is null."""
    fields = {name: known[name] for name in ("key", "start", "end", "complete", "values", "digest")}
    return Judged(
        **fields,
        size=tuple(known["size"]),
        findings=tuple(Finding(**item) for item in known["findings"] if item["effect"] is not None),
        estimates=tuple(Estimate(**item) for item in known["estimates"] if item["value"] is not None),
        anomalies=tuple(Anomaly(**item) for item in known["anomalies"]),
    )


def completed(judged: Sequence[Judged], promised: Mapping[str, float], consecutive: int) -> list[Judged]:
    """The windows with the values that need their neighbours: drift in a row, estimates, promises.

    `drifted` counts columns that drifted in `consecutive` windows in a row, this one the last; `drifted_now`
    those of this window alone. `drift.<column>` is the largest effect in units of its floor; `estimated.<metric>`
    has `.low` and `.high` beside it; `reference.<metric>` is what the package's card promises.
    """
    done, rows = [], {}
    for item in judged:
        now = {finding.column for finding in item.findings if finding.drifted}
        if item.findings:
            rows = {column: rows.get(column, 0) + 1 for column in now}
        added = dict(item.values)
        if item.findings:
            added |= _drift(item.findings)
            lasting = sorted(column for column, count in rows.items() if count >= consecutive)
            added |= {"drifted": float(len(lasting)), "drifted_now": float(len(now))}
        for estimate in item.estimates:
            name = f"estimated.{estimate.metric}"
            added |= {name: estimate.value, f"{name}.low": estimate.low, f"{name}.high": estimate.high}
        added |= {f"reference.{key}": value for key, value in promised.items()}
        # What is no number has no value: alerts stay as they are, and the log, which knows no NaN, reads the same.
        known = {name: value for name, value in added.items() if value is not None and math.isfinite(value)}
        done.append(Judged(**(vars(item) | {"values": known})))
    return done


def lasting(judged: Sequence[Judged], consecutive: int) -> tuple[str, ...]:
    """Columns that have drifted in each of the last `consecutive` windows with findings."""
    last = [item for item in judged if item.findings][-consecutive:]
    sets = [{finding.column for finding in item.findings if finding.drifted} for item in last]
    return tuple(sorted(set.intersection(*sets))) if len(sets) == consecutive else ()


def _drift(findings: Sequence[Finding]) -> dict[str, float]:
    found: dict[str, float] = {}
    for item in findings:
        name = f"drift.{'all' if item.column == '*' else item.column}"
        size = item.effect / item.floor if item.floor else item.effect
        found[name] = max(found.get(name, 0.0), size)
    return found
