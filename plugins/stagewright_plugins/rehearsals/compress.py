"""compress: a variant of the model with what it cost and saved."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain, staged


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """What it leaves is a model like any other; measured latencies may differ between two runs, values not."""
    chosen = staged(plugin, bench)
    keys = {key for spec in chain(bench.modality)["metrics"].metrics for key in spec.keys}
    assert keys <= set(chosen.validation), (
        f"validation lacks {', '.join(sorted(keys - set(chosen.validation)))}"
    )
    assert (chosen.path / chosen.variants).is_file(), f"{chosen.variants} was not written"
    return chosen.format, dict(chosen.validation)
