"""deploy.predictor: many samples by a package, and how many there were."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.deploy import PredictorInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain
from stagewright_plugins.rehearsals._small import drawn


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """A folder of five pictures."""
    pictures, out = drawn(bench.folder / "pictures", 5) / "images", bench.folder / "out"
    package = chain("image")["deploy"].path
    count = plugin(PredictorInputs(package, pictures, out, bench.registry.component, lambda _: None))
    assert count == 5, f"it predicted {count} of 5 pictures"
    return count, sorted(str(file.relative_to(out)) for file in out.rglob("*") if file.is_file())
