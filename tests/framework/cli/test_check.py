"""`stagewright check`: lines for people, JSON for editors and CI, warnings that stop nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stagewright.errors import Place, Problem, printable
from stagewright.nearest import suggested, suggestion


def found(toy: Any, *words: str, code: int) -> list[dict[str, Any]]:
    ended = toy.cli("check", "toy", "--format", "json", *words)
    assert ended.returncode == code
    assert not ended.stderr
    return json.loads(ended.stdout)


def test_json_is_an_empty_list_where_all_is_right_and_stays_so_from_cache(toy: Any) -> None:
    toy.written()
    assert found(toy, code=0) == found(toy, code=0) == []


def test_json_names_place_key_message_and_the_nearest_name(toy: Any) -> None:
    path = toy.written({"train.model.widht": 3})
    (item,) = found(toy, code=2)
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "widht" in text)
    assert item == {
        "file": "recipes/toy.yaml", "line": line, "column": 5, "end_line": line, "end_column": 13,
        "place": f"recipes/toy.yaml:{line}:5", "key": "train.model.widht", "severity": "error",
        "message": "unknown setting of train.model plugin 'small', did you mean 'width'?", "nearest": "width",
    }  # fmt: skip


def test_json_of_an_override_has_no_position(toy: Any) -> None:
    toy.written()
    (item,) = found(toy, "train.score=9", code=2)
    assert (item["file"], item["line"], item["place"]) == (None, None, "override 'train.score=9'")


def test_json_of_no_recipe_at_all(toy: Any) -> None:
    toy.written()
    ended = toy.cli("check", "toyy", "--format=json")
    assert ended.returncode == 2
    assert json.loads(ended.stdout)[0]["nearest"] == "toy"


def test_an_unknown_format_is_refused(toy: Any) -> None:
    toy.written()
    for words in (["--format"], ["--format", "xml"], ["--formatt=json"]):
        ended = toy.cli("check", "toy", *words)
        assert ended.returncode == 2
        assert "--format is `text` or `json`" in ended.stderr


def test_swept_values_are_checked_as_a_search_or_as_every_combination(toy: Any) -> None:
    toy.written()
    ended = toy.cli("check", "toy", "-m", "train.model.width=2,4")
    assert (ended.returncode, ended.stdout) == (0, "toy: no problems (2 combinations)\n")
    assert found(toy, "-m", "train.model.width=2,4", code=0) == []
    (item,) = found(toy, "-m", "train.model.width=2,wide", code=2)
    assert item["place"] == "override 'train.model.width=2,wide'"
    ended = toy.cli("check", "toy", "--multirun", "train.model.width=interval(2,wide)")
    assert ended.returncode == 2


def test_a_warning_says_so_in_its_line() -> None:
    item = Problem("a.b", "is odd", Place("x.yaml", 3, 4), severity="warning")
    assert str(item) == "x.yaml:3:4 warning: a.b: is odd"
    assert item.to_json()["severity"] == "warning"


def test_what_a_terminal_would_obey_is_shown_instead() -> None:
    assert printable("\x1b[31mred\x07") == "\\x1b[31mred\\x07"
    assert str(Problem("k\x1b[2J", "é ok")) == "k\\x1b[2J: é ok"


@pytest.mark.parametrize("name", ["widht", "o'wner"])
def test_the_nearest_name_is_read_back_from_the_message(name: str) -> None:
    known = ["width", "o'wners"]
    assert suggested(f"unknown, {suggestion(name, known)}") in known
    assert suggested(f"unknown, {suggestion('zzz', known)}") is None
