"""This machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def test_it_needs_nothing_beside_the_package(placed: Callable[..., Path]) -> None:
    assert not list(placed("local").iterdir())
