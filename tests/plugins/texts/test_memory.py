"""A translation memory: finds what is alike, keeps placeholders, leaves out what it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright.errors import StagewrightError
from stagewright_plugins.texts.memory import Memory

PAIRS = [
    ("Delete %(title)s", "Supprimer %(title)s"),
    ("Delete the page", "Supprimer la page"),
    ("Save the page", "Enregistrer la page"),
]


def test_the_asked_texts_own_placeholders_come_out() -> None:
    assert Memory(PAIRS).translated("Delete %(name)s") == ("Supprimer %(name)s", 1.0)
    text, likeness = Memory(PAIRS).translated("Save the pages")
    assert text == "Enregistrer la page"
    assert 0.9 < likeness < 1


def test_the_best_come_first_and_some_are_left_out() -> None:
    memory = Memory(PAIRS)
    assert [match.place for match in memory.best("Delete the page", 2)] == [1, 2]
    assert memory.best("Delete the page", 2, frozenset([1]))[0].place == 2


def test_it_survives_a_file_and_an_empty_one_gives_the_text(tmp_path: Path) -> None:
    Memory(PAIRS).write(tmp_path)
    assert Memory.read(tmp_path).pairs == PAIRS
    assert Memory([]).translated("Save") == ("Save", 0.0)
    with pytest.raises(StagewrightError, match=r"memory\.json"):
        Memory.read(tmp_path / "none")
