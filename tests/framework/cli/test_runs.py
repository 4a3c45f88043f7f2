"""`stagewright runs`: whatever state the folders of runs are in."""

from __future__ import annotations

import json
from typing import Any

from stagewright import load

UNDEFINED = """
    '''Toy evaluation with a value that is not a number.'''
    from stagewright.stages import evaluate
    from stagewright.stages.evaluate import Inputs
    from stagewright.stages.scores import Score, Scores

    @evaluate.stage
    def undefined(inputs: Inputs, /) -> Scores:
        values = {"acc": Score(0.5), "rare": Score(float("nan"), float("-inf"), float("inf"))}
        return Scores(inputs.context.workdir, "test", values)
"""


def test_a_run_that_was_killed_before_its_first_word_spoils_no_list(toy: Any) -> None:
    toy.written()
    outcome = toy.run()
    (toy.store.home / "runs" / "20990101-000000-000-toy-dead").mkdir()
    listed = toy.cli("runs", "list").stdout
    assert "20990101-000000-000-toy-dead" in listed
    assert "killed" in listed
    assert [run.folder for run in load("toy", folder=toy.path).runs()] == [outcome.folder]


def test_scripts_get_json_that_every_reader_knows(toy: Any) -> None:
    toy.plugin("evaluate/undefined.py", UNDEFINED)
    toy.run({"evaluate": {"type": "undefined"}})
    for words in (("show", "latest"), ("list",)):
        shown = json.loads(toy.cli("runs", *words, "--json").stdout, parse_constant=_refused)
        metrics = (shown if isinstance(shown, dict) else shown[0])["metrics"]
        assert metrics["rare"]["value"] is None
        assert metrics["acc"]["value"] == 0.5


def _refused(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")
