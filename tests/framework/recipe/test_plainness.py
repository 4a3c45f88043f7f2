"""What YAML can say and a recipe may not is found before anything is built from it."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest

from stagewright.recipe.plainness import deepest, problems


def told(folder: Path, text: str) -> list[str]:
    path = folder / "r.yaml"
    path.write_bytes(text.encode())
    return [str(problem).replace(f"{folder}/", "") for problem in problems(str(path))]


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: [x, 2.5, true, ~]\nwhen: 2026-01-01\n",
        "a: &x {b: 1}\nc: {<<: *x}\nd: [*x, *x]\n",
        "a: !!str 3\nb: ! 4\n",
        "a: iou != 0\nb: 2 *c\nc: 'a: !x'\n",
        "null_values: null\ntilde: ~\n",
        "1: a\ntrue: b\n",
    ],
)
def test_names_numbers_and_text_are_plain(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


def test_all_tags_are_named_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "a: !!python/object/apply:os.system [ls]\nb: [1, !own x]\nc: {d: !!binary aGk=}\ne: !!set {x}\n"
    lines = told(tmp_path, text)
    assert [line.split(" is not")[0] for line in lines] == [
        "r.yaml:1:4 the YAML tag '!!python/object/apply:os.system'",
        "r.yaml:2:8 the YAML tag '!own'",
        "r.yaml:3:8 the YAML tag '!!binary'",
        "r.yaml:4:4 the YAML tag '!!set'",
    ]


@pytest.mark.parametrize("key", ["~: 1", "null: 1", "? [a]\n: 1", "? {a: 1}\n: 1"])
def test_a_key_is_a_name(tmp_path: Path, key: str) -> None:
    (line,) = told(tmp_path, f"b: 2\n{key}\n")
    assert line.startswith("r.yaml:2:")
    assert line.endswith("a key must be a name, in quotes if need be")


def test_aliases_may_repeat_but_not_multiply(tmp_path: Path) -> None:
    def layers(count: int, names: str = "abcdefghijklmnop") -> str:
        later = pairwise(names[: count + 1])
        return "a: &a [1, 2, 3]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in later)

    assert told(tmp_path, layers(6)) == []
    began = time.monotonic()
    (line,) = told(tmp_path, layers(15))
    assert time.monotonic() - began < 5
    assert line.startswith("r.yaml:9:4 aliases that write this out make more than 100000 values")


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: {c: *a}}\n"])
def test_an_alias_of_itself_has_no_end(tmp_path: Path, text: str) -> None:
    (line,) = told(tmp_path, text)
    assert "it holds itself" in line


@pytest.mark.parametrize("text", ["a: [!x\n", "a: *nobody\n", "\x00 !x\n"])
def test_what_is_no_yaml_is_left_to_the_loader(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


def test_what_cannot_be_read_is_left_to_the_loader(tmp_path: Path) -> None:
    assert list(problems(str(tmp_path / "nowhere.yaml"))) == []
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9 !x\n")
    assert list(problems(str(tmp_path / "latin.yaml"))) == []


def test_the_place_where_it_becomes_too_deep(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("a: 1\nb: " + "[" * 80 + "]" * 80)
    place = deepest(str(path))
    assert (place.line, place.column) == (2, 4 + 49)
    path.write_text("a: [1\n")
    assert (deepest(str(path)).line, deepest(str(path)).column) == (1, 1)


def test_a_file_that_nobody_could_read_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_text("a: [" + "1, " * 1_000_000 + "]\n")
    (found,) = problems(str(path))
    assert str(found) == f"{path}:1:1 is 3 MB; a recipe or preset is text that people read, at most 2 MB"
