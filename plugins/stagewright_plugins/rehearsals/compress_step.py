"""compress.step: another model of the format that it declares."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.lifecycle import contracts
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.stages.train import Model
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain, taken


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Works on the trained network; its own runtime can load what it leaves."""
    handles = chain(bench.modality)
    made = plugin(taken(contracts()["compress"], handles, bench.context()))
    assert isinstance(made, Model), f"gives {type(made).__name__}, not Model"
    assert made.format == plugin.facts.gives, (
        f"its format is {made.format!r}, it declares {plugin.facts.gives!r}"
    )
    runtime = bench.registry.component("evaluate.runtime", {"type": made.format})
    predict = runtime(RuntimeInputs(made, handles["framing"].task, bench.context("runtime")))
    assert callable(predict)
    return made.format, dict(made.validation)
