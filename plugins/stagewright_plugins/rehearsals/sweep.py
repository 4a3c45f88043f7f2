"""sweep: looks for the best settings by trials, and says which it found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stagewright.contract import Component
from stagewright.stages.sweep import Best, Inputs, Interval, Measured, Parameter
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain


class Bowl:
    """A trial whose value is best where `train.lr` is 0.3."""

    def __init__(self, folder: Path, key: str) -> None:
        self.study, self.folder, self.key = "rehearsal", folder, key
        self.space = (Parameter("train.lr", Interval(0.0, 1.0)),)
        self.own = {"train.lr": 0.9}
        self.project = None
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, _number: int, settings: Any, _report: Any, /) -> Measured:
        """Measure one choice of settings."""
        return Measured({self.key: 1 - (settings["train.lr"] - 0.3) ** 2})


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """One parameter between 0 and 1."""
    metrics, given = chain(bench.modality)["metrics"], bench.context()
    best = plugin(Inputs(metrics, Bowl(bench.folder / "study", metrics.metrics[0].keys[0]), given))
    assert isinstance(best, Best), f"gives {type(best).__name__}, not Best"
    assert set(best.settings) == {"train.lr"}, f"the best settings name {', '.join(best.settings)}"
    assert 0 <= best.settings["train.lr"] <= 1, f"{best.settings} is outside of the space"
    assert best.trials > 0, "it tried nothing"
    return dict(best.settings), dict(best.values), best.trials
