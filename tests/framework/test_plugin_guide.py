"""docs/plugins.md names every contract that a plugin can be written for."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright.lifecycle import contracts

GUIDE = Path(__file__).parents[2] / "docs" / "plugins.md"


def mark(name: str) -> str:
    """How a plugin is marked: `train` is `@train.stage`, `objective.baseline` is `@baseline.stage`."""
    section = name.removeprefix("objective.") if name == "objective.baseline" else name
    return f"`@{section}`" if "." in section else f"`@{section}.stage`"


@pytest.mark.parametrize("name", sorted(contracts()))
def test_the_guide_has_a_row_for_every_contract(name: str) -> None:
    assert mark(name) in GUIDE.read_text(encoding="utf-8")
