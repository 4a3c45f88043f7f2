"""A checked recipe as ordered steps with fingerprints: what would run, what is cached, and why.

A fingerprint covers the plugin and its source, the resolved settings, the content of the paths they name,
the fingerprints of the steps before, the seed, and the versions of the libraries behind the plugin. Paths,
log levels and machine names are not in it. Equal fingerprint, no work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from stagewright import gates, lifecycle, releases
from stagewright._version import __version__
from stagewright.binding import walk
from stagewright.check import Checked, check
from stagewright.content import path_digest, write_atomically
from stagewright.contract import Component
from stagewright.frozen import frozen
from stagewright.live import event_log
from stagewright.registry import Registry
from stagewright.settings import Setting, settings_of
from stagewright.sources import closure, library_versions, source_digest
from stagewright.store import Hit, Store
from stagewright.sweep_plan import SECTION as SWEEP
from stagewright.sweep_plan import canonical, follows_sweep, upstream, without_followers

# The declarative sections, and where a checked recipe keeps what they say.
DECLARED = {"objective": "goal", "framing": "framing", "metrics": "metrics"}


@frozen
class Planned:
    """One step of a plan.

    Attributes:
        fingerprint: empty where it depends on which approach will be chosen.
        status: `cached`, `run`, `if needed` (a later approach) or `skipped`.
        reason: why it runs, or why not, in words.
    """

    step: str
    at: str
    plugin: str
    fingerprint: str
    status: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in the record."""
        return dict(vars(self))


@dataclass
class Planner:
    """Fingerprints and cache look-ups for one checked recipe; the runner asks it step by step."""

    checked: Checked
    registry: Registry
    store: Store
    memo: dict[Any, Any] = field(default_factory=dict)  # digests and versions, once they are known

    @cached_property
    def order(self) -> list[str]:
        """Steps in the order they are done: a sweep comes just before the first step that it changes."""
        steps = [name for name in self.checked.components if name != SWEEP]
        if plan := self.checked.sweep:
            first = (i for i, name in enumerate(steps) if lifecycle.step_section(name).name in plan.repeated)
            steps.insert(next(first, len(steps)), SWEEP)
        return steps

    def settled(self, settings: Mapping[str, Any]) -> Planner:
        """The plan with the settings that a sweep found laid over the recipe."""
        plan = self.checked.sweep
        assert plan is not None
        found = check(plan.config(self.checked.config, settings), self.registry, plan.origin)
        sweep = {SWEEP: self.checked.components[SWEEP]}
        whole = replace(found, components={**found.components, **sweep}, sweep=plan)
        return Planner(whole, self.registry, self.store, self.memo)

    def inputs(self, step: str, chosen: str | None) -> dict[str, str]:
        """Which earlier step each input of a step comes from; `chosen` is the train step that won."""
        section = lifecycle.step_section(step)
        names = {lifecycle.step_section(name).name: name for name in self.checked.components}
        found = {}
        for name in lifecycle.wanted(section.contract):
            giver = names.get(name)
            if name == "train" or (name == "model" and not self._compressed_before(step)):
                giver = chosen
            elif name == "model":
                giver = "compress"
            if name == SWEEP and not follows_sweep(self.checked.components[step]):
                giver = None
            if giver:
                found[name] = giver
        return found

    def _compressed_before(self, step: str) -> bool:
        """Whether the newest model, seen from a step, is the compressed one."""
        order = [section.name for section in lifecycle.STEPS]
        after = order.index(lifecycle.step_section(step).name) > order.index("compress")
        return after and "compress" in self.checked.components

    def given(self, step: str, givers: Mapping[str, str], prints: Mapping[str, str]) -> dict[str, str]:
        """What a step's inputs are, by name: the fingerprint of the step that gives one.

        What the declarative sections say is known already: there it is the content, as far as the step is shown it.
        """
        contract = lifecycle.step_section(step).contract
        declared = {name: getattr(self.checked, attribute) for name, attribute in DECLARED.items()}
        return {
            name: _digest(contract.shown(name, declared[name])) if name in declared else prints[giver]
            for name, giver in givers.items()
        }

    def parts(self, step: str, inputs: Mapping[str, str]) -> dict[str, Any]:
        """What a step's fingerprint is made of; `inputs` as `given` tells them."""
        section = lifecycle.step_section(step)
        component = self.checked.components[step]
        seeded = not section.declarative
        return {
            "settings": self._settings(component),
            "source": {**self._sources(component), **self._used_kinds(section.contract.uses)},
            "inputs": dict(inputs),
            "seed": self.checked.seed if seeded else None,
            "versions": {"stagewright": __version__} | self._versions(component),
        }

    def sweep_parts(self, prints: Mapping[str, str]) -> dict[str, Any]:
        """What a sweep's fingerprint is made of; `prints` are the fingerprints of the steps before it."""
        plan = self.checked.sweep
        assert plan is not None
        tried = without_followers(self.checked).components
        needed = [
            name for name in self.order if lifecycle.step_section(name).name in plan.needed and name in tried
        ]
        before = self.order[: self.order.index(SWEEP)]
        own = ("settings", "source", "versions")
        steps = {name: self.parts(name, {}) for name in needed if name not in before}
        givers = {name: name for name in needed if name in before and name in prints and name != "objective"}
        parts = self.parts(SWEEP, self.given(SWEEP, givers, prints))
        settings = {key: value for key, value in parts["settings"].items() if key != "params"}
        about = {"steps": {name: {key: each[key] for key in own} for name, each in steps.items()}}
        return {**parts, **about, "settings": settings, "space": canonical(plan.space)}

    def fingerprint(self, step: str, parts: Mapping[str, Any]) -> str:
        """SHA-256 over the parts, shortened to 32 hex digits."""
        section = lifecycle.step_section(step).name
        text = json.dumps([section, parts], sort_keys=True, default=str)
        return sha256(text.encode()).hexdigest()[:32]

    def why(self, step: str, parts: Mapping[str, Any], damage: str) -> str:
        """Why a step runs: what changed since it last finished for this recipe."""
        if damage:
            return damage
        last = self._latest(step)
        if last is None:
            return "never ran"
        return "; ".join(_changes(last, parts)) or "an earlier result is gone"

    def remember(self, step: str, parts: Mapping[str, Any]) -> None:
        """Keep what a finished step was made of, for the next `why`."""
        write_atomically(self._latest_path(step), json.dumps(parts, default=str))

    @cached_property
    def steps(self) -> list[Planned]:
        """The whole plan, as far as it can be known before anything runs."""
        return list(Walk(self, _from_store))

    # ---- the parts ------------------------------------------------------------------------------

    def _settings(self, component: Component[Any, Any]) -> dict[str, Any]:
        settings = settings_of(component.plugin)
        kept = {
            name: self._setting(value, settings[name])
            for name, value in component.settings.items()
            if not settings[name].without_effect
        }
        return {"type": component.type, **kept}

    def _setting(self, value: Any, item: Setting) -> Any:
        if isinstance(value, Component):
            return self._settings(value)
        if isinstance(value, list | tuple):
            return [self._setting(part, item) for part in value]
        if isinstance(value, Mapping):
            return {str(key): self._setting(part, item) for key, part in value.items()}
        if item.live_masks:
            name = str(value or self.checked.name)
            return {"name": name, **self._content(event_log.folder(self.store.home, name) / event_log.MASKS)}
        if item.input_path and isinstance(value, Path | str):
            return self._content(Path(value))
        if hasattr(value, "model_dump"):
            return value.model_dump(mode="json")
        return value if isinstance(value, str | int | float | bool | None) else str(value)  # a date

    def _content(self, path: Path) -> dict[str, str]:
        return {"content": path_digest(path, self.store.home / "cache" / "paths.json")}

    def _sources(self, component: Component[Any, Any]) -> dict[str, str]:
        found = {}
        for _, part in walk(component, ()):
            found[f"{part.kind}/{part.type}"] = self._known("source", part.kind, part.type)
        return found

    def _used_kinds(self, kinds: tuple[str, ...]) -> dict[str, str]:
        if kinds not in self.memo:
            used = [plugin for kind in kinds for plugin in self.registry.names(kind)]
            roots = self.registry.roots
            self.memo[kinds] = {f"{item.kind}/{item.name}": source_digest(item, roots) for item in used}
        found: dict[str, str] = self.memo[kinds]
        return found

    def _versions(self, component: Component[Any, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for _, part in walk(component, ()):
            found |= self._known("versions", part.kind, part.type)
        return dict(sorted(found.items()))

    def _known(self, what: str, kind: str, name: str) -> Any:
        """Source digest or library versions of a plugin, looked up once."""
        if (what, kind, name) not in self.memo:
            plugin, roots = self.registry.find(kind, name), self.registry.roots
            self.memo["source", kind, name] = source_digest(plugin, roots)
            self.memo["versions", kind, name] = library_versions(closure(plugin, roots)[1])
        return self.memo[what, kind, name]

    def _latest_path(self, step: str) -> Path:
        return self.store.home / "latest" / self.checked.name / f"{step.replace('/', '.')}.json"

    def _latest(self, step: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(self._latest_path(step).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None  # nothing remembered: the step counts as never run
        return found


def _digest(value: Any) -> str:
    """Of a value made of values: equal content, equal digest."""
    return sha256(repr(value).encode()).hexdigest()[:32]


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
        fingerprint = self.prints[step] = self.planner.fingerprint(step, parts)
        hit, damage = self.planner.store.get(fingerprint)
        reason = "nothing changed" if hit else self.planner.why(step, parts, damage) if self.explain else ""
        waits = step in self.trains and not hit and self._waits(step)
        hit = hit if hit and self.obtain is _from_store else self.obtain(step, fingerprint, parts)
        if hit:
            self.hits[step] = hit
        return fingerprint, *self._status(step, reason, waits)

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
        return met, float("-inf") if value is None else sign * value

    return max(validation, key=rank) if validation else None


def _changes(last: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    found = []
    old, new = _flat(_said(last)), _flat(_said(now))
    changed = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    if changed:
        shown = ", ".join(f"{key} {old.get(key, 'absent')} → {new.get(key, 'absent')}" for key in changed[:3])
        found.append(
            f"settings changed: {shown}" + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        )
    for what, key in (("source changed", "source"), ("library changed", "versions")):
        before, after = last.get(key) or {}, now[key]
        names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
        if names:
            found.append(f"{what}: {', '.join(names[:4])}")
    if last.get("seed") != now["seed"]:
        found.append(f"seed changed: {last.get('seed')} → {now['seed']}")
    if last.get("against") != now.get("against"):
        found.append(
            f"the champion is another: {last.get('against') or 'the baseline'} → {now['against'] or 'the baseline'}"
        )
    before, after = last.get("inputs") or {}, now["inputs"]
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    if names:
        found.append(f"follows {', '.join(names)}")
    return found


def _said(parts: Mapping[str, Any]) -> dict[str, Any]:
    """A step's settings; of a sweep, those of the steps it repeats and what it searches too."""
    steps = {name: step["settings"] for name, step in (parts.get("steps") or {}).items()}
    space = {item["key"]: {k: v for k, v in item.items() if k != "key"} for item in parts.get("space") or ()}
    return {**(parts.get("settings") or {}), **({"params": space} if space else {}), **steps}


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {k: v for key, item in value.items() for k, v in _flat(item, f"{path}.{key}").items()}
    if isinstance(value, list | tuple):
        return {k: v for i, item in enumerate(value) for k, v in _flat(item, f"{path}[{i}]").items()}
    return {path.removeprefix("."): value}
