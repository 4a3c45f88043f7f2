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


@pytest.mark.parametrize("verb", ["monitor", "retrain", "serve", "export"])
def test_only_what_is_needed_is_asked_for(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([verb])
    asked = capsys.readouterr().err.rsplit("are required: ")[-1].strip().lower()
    assert asked == {"export": "recipe, target", "serve": "model"}.get(verb, "recipe")
