"""The steps of a plan taken in turn: what is cached, what runs, what is skipped, which approach is chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagewright import gates, lifecycle, releases
from stagewright.check.check import Checked
from stagewright.plan.fingerprint import fingerprint_of
from stagewright.plan.plan import Planned, Planner
from stagewright.plan.reasons import why
from stagewright.store import Hit
from stagewright.sweep.sweep_plan import SECTION as SWEEP
from stagewright.sweep.sweep_plan import upstream


@dataclass
class Walk:
    """One pass over the steps, for planning and for running alike, so that both take the same turns.

    `obtain(step, fingerprint, parts)` gives the finished step, or None where it is not known (planning) or
    failed (running; the step is then added to `failed`). Once a sweep is finished, `planner` is the one of the
    recipe with the settings it found.
    """

    planner: Planner
    obtain: Callable[[str, str, dict[str, Any]], Hit | None]
    prints: dict[str, str] = field(default_factory=dict)
    hits: dict[str, Hit] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    explain: bool = True  # say why a step runs

    def __iter__(self) -> Iterator[Planned]:
        """The steps in order, each obtained as it comes."""
        done: set[str] = set()
        while step := next((name for name in self.planner.order if name not in done), None):
            done.add(step)
            yield self.turn(step)

    def turn(self, step: str) -> Planned:
        """Obtain one step; those that it needs had their turn before."""
        component = self.planner.checked.components[step]
        at = ".".join(lifecycle.step_section(step).at)
        fingerprint, status, reason = self._turn(step)
        if step == SWEEP and step in self.hits:
            self.planner = self.planner.settled(self.hits[step].output["settings"])
        return Planned(step, at, component.type, fingerprint, status, reason)

    @property
    def trains(self) -> list[str]:
        """The train steps: one per approach."""
        return [name for name in self.planner.checked.components if name.split("/", 1)[0] == "train"]

    @property
    def chosen(self) -> str | None:
        """The approach that won, once that is decided."""
        checked = self.planner.checked
        known = [name for name in self.trains if name in self.hits]
        if len(self.trains) == 1:
            return self.trains[0]
        if met := self._met():
            return met
        if all(name in self.hits or name in self.failed for name in self.trains):
            return choose(checked, {name: self.hits[name].output["validation"] for name in known})
        return None

    def _turn(self, step: str) -> tuple[str, str, str]:
        if self._follows_sweep(step):
            return "", "run", "follows the settings that the sweep will find"
        if step in self.trains and (met := self._met()):
            return "", "skipped", f"{met} meets the success criteria"
        follows = self._trained_before() if step == SWEEP else _follows_model(step)
        if step not in self.trains and follows and not self.chosen:
            return "", "run", "follows the approach that will be chosen"
        parts = self.planner.sweep_parts(self.prints) if step == SWEEP else self._parts(step)
        fingerprint = self.prints[step] = fingerprint_of(step, parts)
        hit, damage = self.planner.store.get(fingerprint)
        reason = "nothing changed" if hit else self._why(step, parts, damage) if self.explain else ""
        waits = step in self.trains and not hit and self._waits(step)
        hit = hit if hit and self.obtain is _from_store else self.obtain(step, fingerprint, parts)
        if hit:
            self.hits[step] = hit
        return fingerprint, *self._status(step, reason, waits)

    def _why(self, step: str, parts: Mapping[str, Any], damage: str) -> str:
        return why(self.planner.store.home, self.planner.checked.name, step, parts, damage)

    def _trained_before(self) -> bool:
        """Whether a sweep is about the model of an approach that was chosen before."""
        order = self.planner.order
        return any(order.index(name) < order.index(SWEEP) for name in self.trains)

    def _parts(self, step: str) -> dict[str, Any]:
        givers = self.planner.inputs(step, self.chosen)
        parts = self.planner.parts(step, self.planner.given(step, givers, self.prints))
        if step == "rollout":
            parts["against"] = self._opponent()
        return parts

    def _follows_sweep(self, step: str) -> bool:
        """Whether a step depends on what a sweep has not found yet."""
        plan = self.planner.checked.sweep
        if plan is None or step == SWEEP or SWEEP in self.hits:
            return False
        section = lifecycle.step_section(step).name
        sections = {lifecycle.step_section(name).name for name in self.planner.checked.components}
        return bool(upstream(section, sections - {SWEEP}) & plan.swept)

    def _opponent(self) -> str:
        """The version that a rollout is measured against: another champion, another rollout."""
        if "deploy" not in self.hits:
            return ""
        version = self.hits["deploy"].output["version"]
        found = releases.opponent(self.planner.store.home, self.planner.checked.name, version)
        return found.version if found else ""

    def _status(self, step: str, reason: str, waits: bool) -> tuple[str, str]:
        if reason == "nothing changed":
            return "cached", reason
        if waits:
            return "if needed", "only if the approaches before miss the success criteria"
        return ("failed" if step in self.failed else "run"), reason

    def _met(self) -> str | None:
        """The first approach that meets the criteria, where approaches are tried in order."""
        framing = self.planner.checked.framing
        if framing.policy != "in_order" or len(self.trains) == 1:
            return None
        for name in self.trains:
            if name in self.failed:
                continue
            if name not in self.hits:
                return None
            if gates.meets(framing.success, self.hits[name].output["validation"]):
                return name
        return None

    def _waits(self, step: str) -> bool:
        before = self.trains[: self.trains.index(step)]
        in_order = self.planner.checked.framing.policy == "in_order"
        return in_order and any(name not in self.hits and name not in self.failed for name in before)


def planned(planner: Planner) -> list[Planned]:
    """The whole plan, as far as it can be known before anything runs."""
    return list(Walk(planner, _from_store))


def _from_store(_step: str, _fingerprint: str, _parts: dict[str, Any]) -> Hit | None:
    """Planning obtains nothing but what is there."""
    return None


def _follows_model(step: str) -> bool:
    """Every section after `train` is about the model that was chosen."""
    order = [section.name for section in lifecycle.STEPS]
    return order.index(lifecycle.step_section(step).name) > order.index("train")


def choose(checked: Checked, validation: Mapping[str, Mapping[str, float]]) -> str | None:
    """The winner by validation values: criteria met come first, then the leading metric; ties go in order."""
    leading = checked.metrics.metrics[0]
    sign = 1 if leading.direction == "maximize" else -1

    def rank(name: str) -> tuple[bool, float]:
        value = validation[name].get(leading.keys[0])
        met = gates.meets(checked.framing.success, validation[name])
        return met, float("-inf") if value is None or math.isnan(value) else sign * value

    return max(validation, key=rank) if validation else None
