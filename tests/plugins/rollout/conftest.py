"""Rollouts of rules that find squares."""

from pathlib import Path

import pytest

from rollout_squares import Squares


@pytest.fixture
def squares(tmp_path: Path) -> Squares:
    return Squares(tmp_path)
