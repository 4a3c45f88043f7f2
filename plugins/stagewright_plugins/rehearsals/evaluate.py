"""evaluate: the model's scores on the test split."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import spoiled, staged
from stagewright_plugins.rehearsals._scored import checked


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Scores every metric of the recipe."""
    return checked(staged(plugin, bench), bench)


def spoil(plugin: Component[Any, Any], bench: Bench) -> object:
    """A dataset without samples."""
    return spoiled(plugin, bench)
