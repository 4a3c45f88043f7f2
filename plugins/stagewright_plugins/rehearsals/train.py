"""train: a model that its own runtime can bring to life, and that was scored on validation."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain, spoiled, staged


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Nothing it leaves is a pickle; its validation values are those of the recipe's metrics."""
    model, handles = staged(plugin, bench), chain(bench.modality)
    keys = {key for spec in handles["metrics"].metrics for key in spec.keys}
    assert keys <= set(model.validation), (
        f"validation lacks {', '.join(sorted(keys - set(model.validation)))}"
    )
    kept = [
        file for file in model.path.rglob("*") if ".resume" not in file.parts
    ]  # what a kill leaves goes away
    pickles = [file.name for file in kept if file.suffix in (".pkl", ".pt", ".pth", ".ckpt")]
    assert not pickles, f"{', '.join(pickles)}: weights are kept without pickles"
    runtime = bench.registry.component("evaluate.runtime", {"type": model.format})
    assert callable(runtime(RuntimeInputs(model, handles["framing"].task, bench.context("runtime"))))
    return model.format, dict(model.validation), model.parameters


def spoil(plugin: Component[Any, Any], bench: Bench) -> object:
    """A dataset without samples."""
    return spoiled(plugin, bench)
