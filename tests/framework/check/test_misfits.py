"""What only the data can tell is told right after it, before anything is trained."""

from __future__ import annotations

from typing import Any

import pytest

DATA = """
    '''Toy data with columns that nobody knows before it is read.'''
    from stagewright.stages import data
    from stagewright.stages.data import Dataset, Inputs

    @data.stage
    def tagged(inputs: Inputs, /) -> Dataset:
        (inputs.context.workdir / "numbers.txt").write_text("1")
        return Dataset(inputs.context.workdir, "v1", "toy", {"train": 1}, "site", ("colour",), ("light",))
"""
EVALUATE = """
    '''Toy evaluation that slices by columns.'''
    from stagewright.stages import evaluate
    from stagewright.stages.evaluate import Inputs
    from stagewright.stages.known import unknown_columns
    from stagewright.stages.scores import Score, Scores

    def misfits(settings, known):
        return unknown_columns(("evaluate", "slices"), settings["slices"], known)

    @evaluate.stage(misfits=misfits)
    def sliced(inputs: Inputs, /, *, slices: list[str] = []) -> Scores:
        return Scores(inputs.context.workdir, "test", {"acc": Score(0.5, 0.4, 0.6, 9)})
"""


@pytest.fixture
def sliced(toy: Any) -> Any:
    toy.plugin("data/tagged.py", DATA)
    toy.plugin("evaluate/sliced.py", EVALUATE)
    return lambda *columns: {"data.type": "tagged", "evaluate": {"type": "sliced", "slices": list(columns)}}


def test_every_column_of_the_data_can_be_named(toy: Any, sliced: Any) -> None:
    assert toy.run(sliced("site", "colour", "light")).exit_code == 0


def test_a_column_that_the_data_lacks_ends_the_run_before_training(toy: Any, sliced: Any) -> None:
    ended = toy.run(sliced("colour", "color", "ligth"))
    assert ended.exit_code == 2
    assert list(toy.statuses(ended))[-1] == "data"
    assert ended.record["message"].splitlines() == [
        "evaluate.slices[1]: the data will have no column 'color', did you mean 'colour'?",
        "evaluate.slices[2]: the data will have no column 'ligth', did you mean 'light'?",
    ]
    again = toy.run(sliced("colour"))
    assert toy.statuses(again)["data"] == "cached"
    assert again.exit_code == 0


def test_it_is_said_at_its_place(toy: Any, sliced: Any) -> None:
    path = toy.written(sliced("color"))
    number = path.read_text().splitlines().index("  - color") + 1
    ended = toy.cli("run", "toy")
    assert ended.returncode == 2
    assert (
        f"recipes/toy.yaml:{number}:5 evaluate.slices[0]: the data will have no column 'color'"
        in ended.stdout
    )
