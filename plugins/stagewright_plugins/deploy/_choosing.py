"""Which target meets what the recipe demands, and for every one considered why or why not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.stages.deploy import Engine, TargetChoice, TargetFacts

from ._modality import Modality

if TYPE_CHECKING:
    from .local import Constraints

# In order of preference where all else is equal: what needs least comes first.
BUNDLED = ("local", "container", "ray_serve", "kserve", "edge")
REQUESTS, WARM_UPS = 200, 10


@dataclass(frozen=True)
class Needs:
    """What the package itself takes on this machine; None where no constraint asks.

    Attributes:
        latency_ms: 95th percentile of a request with one sample, one thread.
        memory_mb: resident, of a process of its own that has loaded the package and answered once.
    """

    latency_ms: float | None = None
    memory_mb: float | None = None


@dataclass(frozen=True)
class Considered:
    """One candidate: the figures it was judged by, and what it misses."""

    target: TargetChoice
    figures: dict[str, Any]
    misses: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """The target taken, and all that were considered."""

    target: TargetChoice
    reason: str
    considered: tuple[Considered, ...]

    def to_json(self) -> dict[str, Any]:
        """As `choice.json` holds it, beside the package: timings differ from machine to machine."""
        rows = [
            {"target": item.target.spec(), **item.figures, "misses": list(item.misses)}
            for item in self.considered
        ]
        return {"chosen": self.target.type, "reason": self.reason, "considered": rows}


def bundled(context: Context) -> list[TargetChoice]:
    """Every bundled target with its own defaults."""
    return [context.resolve("deploy.target", {"type": name}) for name in BUNDLED]


def choose(candidates: Sequence[TargetChoice], asked: Constraints, needs: Needs) -> Choice:
    """The cheapest candidate that meets every constraint; of equally cheap ones the first.

    Raises:
        StagewrightError: none does; the message says what each of them misses.
    """
    considered = tuple(_considered(target, asked, needs) for target in candidates)
    fit = [item for item in considered if not item.misses]
    if not fit:
        said = "; ".join(f"{item.target.type}: {', '.join(item.misses)}" for item in considered)
        raise StagewrightError(f"deploy.constraints: no target meets them ({said})")
    best = min(fit, key=lambda item: item.figures["cost"])  # min keeps the first of equals
    return Choice(best.target, _reason(best, fit), considered)


def needs(package: Path, modality: Modality, engine: Engine, asked: Constraints) -> Needs:
    """Measure what the constraints ask about."""
    return Needs(
        _latency(modality, engine) if asked.latency_ms is not None else None,
        _memory(package) if asked.memory_mb is not None else None,
    )


def _reason(best: Considered, fit: Sequence[Considered]) -> str:
    if len(fit) == 1:
        return "the only one that meets every constraint"
    equals = sum(item.figures["cost"] == best.figures["cost"] for item in fit)
    return f"the cheapest of {len(fit)} that meet every constraint" + (
        ", first of equals" if equals > 1 else ""
    )


def _considered(target: TargetChoice, asked: Constraints, needs: Needs) -> Considered:
    facts = target.facts or TargetFacts()
    stays = facts.local or bool(target.settings.get("on_premises"))
    figures: dict[str, Any] = {"data_stays": stays, "cost": facts.cost}
    misses = []
    if asked.data_must_stay and not stays:
        misses.append("data leaves the user's machines")
    if asked.cost is not None and facts.cost > asked.cost:
        misses.append(f"costs {facts.cost:g}, at most {asked.cost:g} asked")
    for name, own, added, limit in (
        ("latency_ms", needs.latency_ms, facts.latency_ms, asked.latency_ms),
        ("memory_mb", needs.memory_mb, facts.memory_mb, asked.memory_mb),
    ):
        if own is not None and limit is not None:
            figures[name] = round(own + added, 3)
            if own + added > limit:
                misses.append(f"{name} {own + added:.3g}, at most {limit:g} asked")
    return Considered(target, figures, tuple(misses))


def _latency(modality: Modality, engine: Engine) -> float:
    import numpy as np

    raw = next(modality.requests("validation", 1)).raw
    for _ in range(WARM_UPS):
        engine(raw)
    taken = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        engine(raw)
        taken.append(time.perf_counter() - began)
    return float(np.percentile(taken, 95) * 1000)


# Runs in a process of its own: this one has long loaded everything.
_PROBE = """
import sys, psutil
from pathlib import Path
from stagewright.stages.deploy import BackendInputs
from stagewright_plugins.deploy.backend.onnx import onnx
from stagewright_plugins.packaging.signature import read
from stagewright_plugins.packaging.zeros import zeros
package = Path(sys.argv[1])
signature = read(package)
onnx(BackendInputs(package, signature))(zeros(signature))
print(psutil.Process().memory_info().rss / 1e6)
"""


def _memory(package: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, str(package)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise StagewrightError(f"deploy.constraints.memory_mb cannot be measured: {last}")
    return float(done.stdout)
