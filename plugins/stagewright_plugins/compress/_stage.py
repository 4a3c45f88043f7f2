"""The stage in order: make variants, measure each, choose, hold the limits on the test split."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import Any

from stagewright.report.blocks import Block
from stagewright.stages.compress import Compressed, Inputs
from stagewright.stages.verdict import Verdict
from stagewright_plugins.scoring.batches import groups

from . import _showing as showing
from ._front import Candidate, chosen, front
from ._limits import Cost, Limits, checks
from ._measuring import Meter, Result, evaluated_columns
from ._search import searched
from ._space import Search
from ._workshop import STEP, Variant, Workshop, require


@dataclass(frozen=True)
class Settings:
    """The stage's settings, by the names that `standard` documents."""

    steps: tuple[STEP, ...]
    limits: Limits
    threads: int
    slices: Sequence[str] | None
    quantiles: int
    minimum_slice: int
    search: Search | None
    keep: bool


def compressed(inputs: Inputs, settings: Settings) -> Compressed:
    """Make, measure, choose; see `compress/standard.py`."""
    return _Compression(inputs, settings).run()


@dataclass
class _Compression:
    inputs: Inputs
    settings: Settings

    def run(self) -> Compressed:
        self.settings.limits.require(self.inputs.metrics)
        require(self.settings.steps, self.inputs.model)
        self.candidates = {self.trained.variant.folder.name: self._candidate(self.trained)}
        if self.settings.search is None:
            self._tried(self.settings.steps)
        else:
            searched(self.inputs, self.settings.steps, self.settings.search, self._tried)
        candidates = list(self.candidates.values())
        best = chosen(candidates)
        verdicts = self._verdicts(best)
        self._keep(candidates, best)
        self._show(candidates, best, verdicts)
        return self._handle(best, verdicts)

    # ---- variants -------------------------------------------------------------------------------

    @cached_property
    def workshop(self) -> Workshop:
        return Workshop(self.inputs)

    @cached_property
    def meter(self) -> Meter:
        columns = evaluated_columns(self.inputs) if self.settings.slices is None else self.settings.slices
        settings = self.settings
        return Meter(
            self.inputs,
            self.workshop.trained,
            list(dict.fromkeys(columns)),
            settings.quantiles,
            settings.minimum_slice,
            settings.threads,
        )

    @cached_property
    def trained(self) -> Result:
        return self.meter.measured(self.workshop.trained)

    def _tried(self, steps: Sequence[STEP], labels: Sequence[str] | None = None) -> list[Candidate]:
        return [self._known(variant) for variant in self.workshop.chain(steps, labels)]

    def _known(self, variant: Variant) -> Candidate:
        """The variant, measured; one that a search comes back to is told once."""
        key = variant.folder.name
        if key not in self.candidates:
            taken = {one.result.variant.name for one in self.candidates.values()}
            names = chain([variant.name], (f"{variant.name} ({i})" for i in count(2)))
            own = replace(variant, name=next(name for name in names if name not in taken))
            self.candidates[key] = self._candidate(self.meter.measured(own))
            self._tell(self.candidates[key])
        return self.candidates[key]

    def _candidate(self, result: Result) -> Candidate:
        cost = self.meter.cost(result, self.trained)
        drop = cost.drop.get(self.inputs.metrics.metrics[0].keys[0], float("inf"))
        return Candidate(result, checks(self.settings.limits, cost), drop)

    def _tell(self, one: Candidate) -> None:
        told = self.meter.told(one.result, self.trained)
        self.inputs.context.emit(
            "variant",
            name=told.name,
            bytes=told.bytes,
            size_ratio=told.size_ratio,
            latency_ms=dict(told.latency_ms),
            latency_ratio=told.latency_ratio,
            values=dict(told.values),
            inside=one.inside,
        )

    # ---- the chosen one -------------------------------------------------------------------------

    def _verdicts(self, best: Candidate) -> tuple[Verdict, ...]:
        """The limits on the test split; on validation, untested, where no variant is inside them."""
        name = best.result.variant.name
        if not best.inside:
            prefix = f"none of {len(self.candidates)} variants is inside all limits; nearest, {name!r}, "
            return tuple(check.verdict(prefix) for check in best.checks)
        cost = self._test_cost(best)
        found = checks(self.settings.limits, cost)
        return tuple(check.verdict(f"{name}: ") for check in found)

    def _test_cost(self, best: Candidate) -> Cost:
        """What the chosen variant costs, timed anew (the choice favours lucky times), scored on test."""
        inputs, meter, variant = self.inputs, self.meter, best.result.variant
        sheet = meter.sheet(variant, "test")
        grouped = groups(inputs.data, "test")
        self.test = sheet.write(inputs.context.workdir, "test", grouped, inputs.context.seed)
        before = {key: score.value for key, score in inputs.evaluate.values.items()}
        slices: dict[str, Any] = {}
        if self.settings.limits.slice_drop:
            one, other = self._test_slices(), meter.of(sheet).slices
            slices = {key: meter.drop(values, other.get(key, {})) for key, values in one.items()}
        latency = meter.latency(variant)
        return Cost(
            best.result.bytes,
            best.result.bytes / self.trained.bytes,
            latency.milliseconds,
            latency.ratio,
            meter.drop(before, sheet.values()),
            slices,
        )

    def _test_slices(self) -> Any:
        """The model as trained per slice of the test split: what the chosen one is held against."""
        return self.meter.scored(self.workshop.trained, "test").slices

    # ---- what is left ---------------------------------------------------------------------------

    def _keep(self, candidates: Sequence[Candidate], best: Candidate) -> None:
        workdir = self.inputs.context.workdir
        _copied(best.result.variant.onnx, workdir)
        told = [
            self._told(one, on_front, one is best)
            for one, on_front in zip(candidates, front(candidates), strict=True)
        ]
        limits = self.settings.limits.model_dump(mode="json", exclude_defaults=True)
        found = {
            "runtime": "onnxruntime CPU",
            "threads": self.settings.threads,
            "split": "validation",
            "limits": limits,
            "chosen": best.result.variant.name,
            "inside": best.inside,
            "variants": told,
        }
        (workdir / "variants.json").write_text(json.dumps(found, indent=1), encoding="utf-8")

    def _told(self, one: Candidate, on_front: bool, best: bool) -> dict[str, Any]:
        measured = asdict(self.meter.told(one.result, self.trained))
        path = self._kept(one) if best or (on_front and self.settings.keep) else ""
        checked = [{"condition": c.condition, "passed": c.passed, "measured": c.measured} for c in one.checks]
        drop = one.drop if math.isfinite(one.drop) else None
        own = {"path": path, "drop": drop, "front": on_front, "inside": one.inside, "checks": checked}
        return measured | own

    def _kept(self, one: Candidate) -> str:
        """Copy a variant's file into the artifact; its folder there."""
        folder = Path("variants") / one.result.variant.folder.name
        target = self.inputs.context.workdir / folder
        target.mkdir(parents=True, exist_ok=True)
        _copied(one.result.variant.onnx, target)
        return folder.as_posix()

    def _show(self, candidates: Sequence[Candidate], best: Candidate, verdicts: Sequence[Verdict]) -> None:
        blocks: list[Block] = showing.blocks(
            candidates,
            best,
            self.settings.threads,
            self.inputs.metrics.metrics[0],
            verdicts,
        )
        chain = [one for one in candidates if _leads_to(one, best)]
        steps = [block for one in chain for block in one.result.variant.blocks]
        self.inputs.context.show(*blocks, *steps)

    def _handle(self, best: Candidate, verdicts: tuple[Verdict, ...]) -> Compressed:
        variant, scored = best.result.variant, best.result.scored
        return Compressed(
            path=self.inputs.context.workdir,
            format="onnx",
            spec=variant.spec,
            validation=dict(scored.values),
            parameters=variant.model.parameters,
            verdicts=verdicts,
        )


def _copied(variant: Path, folder: Path) -> None:
    """All files that a variant is made of: of texts these are several."""
    for path in variant.iterdir():
        shutil.copyfile(path, folder / path.name)


def _leads_to(one: Candidate, best: Candidate) -> bool:
    """Whether one is the chosen variant or stands on the way to it."""
    own, steps = one.result.variant.steps, best.result.variant.steps
    return bool(own) and steps[: len(own)] == own
