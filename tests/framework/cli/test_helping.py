"""Help is printed wherever it is asked for, and nothing is done then."""

from __future__ import annotations

import pytest

from stagewright.cli import main


@pytest.mark.parametrize(
    "words",
    ["run brain_tissue --help", "run brain_tissue -m seed=1,2 -h", "plan brain_tissue --help", "check brain_tissue --help",
     "explain brain_tissue seed --help", "sweep status brain_tissue --help"],
)  # fmt: skip
def test_help_does_nothing_else(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 0
    assert capsys.readouterr().out.startswith("usage: stagewright")
