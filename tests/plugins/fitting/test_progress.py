"""The live line: drawn for a person at a terminal, and never left behind."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from stagewright_plugins.fitting.progress import Progress

KEEPING = SimpleNamespace(key="iou_mean", history=[{"metrics": {"train_loss": 0.5, "iou_mean": 0.75}}])
CLEARED = "\r\x1b[K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Terminal]:
    """Called by the test itself: pytest takes stderr back between a fixture and its test."""

    def connected() -> Terminal:
        monkeypatch.setattr(sys, "stderr", screen := Terminal())
        return screen

    return connected


def trainer(epoch: int = 0) -> Any:
    return SimpleNamespace(current_epoch=epoch, num_training_batches=10)


def test_it_says_how_far_and_how_good(terminal: Callable[[], Terminal]) -> None:
    screen = terminal()
    progress = Progress(KEEPING, epochs=4)  # type: ignore[arg-type]
    progress.on_train_start(trainer(1), None)  # type: ignore[arg-type]
    progress.on_train_batch_end(trainer(1), None, None, None, 9)  # type: ignore[arg-type]
    said = screen.getvalue()
    assert "epoch 2/4" in said
    assert "train_loss 0.500  iou_mean 0.750" in said
    assert "s left" in said
    assert said.count("━") == 12  # half of 24
    assert "\n" not in said


def test_it_is_redrawn_in_place_and_not_for_every_batch(terminal: Callable[[], Terminal]) -> None:
    screen = terminal()
    progress = Progress(KEEPING, epochs=4)  # type: ignore[arg-type]
    progress.on_train_start(trainer(), None)  # type: ignore[arg-type]
    for batch in range(10):
        progress.on_train_batch_end(trainer(), None, None, None, batch)  # type: ignore[arg-type]
    assert screen.getvalue().count("epoch 1/4") == 1


@pytest.mark.parametrize("end", ["on_train_end", "on_exception"])
def test_the_line_is_cleared_at_the_end(terminal: Callable[[], Terminal], end: str) -> None:
    screen = terminal()
    progress = Progress(KEEPING, epochs=4)  # type: ignore[arg-type]
    getattr(progress, end)(trainer(), None, *([ValueError()] if end == "on_exception" else []))
    assert screen.getvalue().endswith(CLEARED)


def test_it_is_silent_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    progress = Progress(KEEPING, epochs=4)  # type: ignore[arg-type]
    progress.on_train_start(trainer(), None)  # type: ignore[arg-type]
    progress.on_train_batch_end(trainer(), None, None, None, 9)  # type: ignore[arg-type]
    progress.on_train_end(trainer(), None)  # type: ignore[arg-type]
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]
