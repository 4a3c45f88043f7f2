"""Pairs in the files that people have: tabs, CSV, JSON lines, two files; what is wrong is said with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagewright.errors import Problem, StagewrightError
from stagewright.plugin.binding import bind
from stagewright.plugin.registry import Registry
from stagewright.stages.data import Source, SourceInputs
from stagewright.testing import context
from stagewright_plugins.data.source.parallel_file import parallel_file
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.framing.task.translation import translation

TASK = translation(None, target="fr")  # type: ignore[arg-type]
PAIRS = [("Save, now", "Enregistrer"), ("Open", "Ouvrir")]


def opened(path: Path, **settings: Any) -> Source:
    return parallel_file(SourceInputs(TASK, context(path.parent / "work")), path=path, **settings)


def a_file(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def pairs(source: Source) -> list[tuple[Any, Any]]:
    return [(source.read(id).input, source.read(id).target) for id in source.ids]


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("a.tsv", "Save, now\tEnregistrer\nOpen\tOuvrir\n", None),
        ("a.txt", "en\tfr\nSave, now\tEnregistrer\n\nOpen\tOuvrir", None),
        (
            "a.tsv",
            "no\tour text\ttheirs\n1\tSave, now\tEnregistrer\n2\tOpen\tOuvrir\n",
            ("our text", "theirs"),
        ),
        ("a.csv", 'en,note,fr\r\n"Save, now",x,Enregistrer\r\nOpen,,Ouvrir\r\n', None),
        ("a.csv", "\ufeffen;fr\nSave, now;Enregistrer\nOpen;Ouvrir\n", None),
        ("a.csv", "\nen;fr\nSave, now;Enregistrer\nOpen;Ouvrir\n", None),
        ("a.csv", 'theirs,ours\nEnregistrer,"Save, now"\nOuvrir,Open\n', ("ours", "theirs")),
        ("a.jsonl", "".join(json.dumps({"en": a, "fr": b}) + "\n" for a, b in PAIRS), None),
        ("a.jsonl", "\n".join(json.dumps({"x": a, "y": b}) for a, b in PAIRS), ("x", "y")),
    ],
)
def test_every_kind_of_file_gives_the_same_pairs(
    tmp_path: Path, name: str, text: str, columns: tuple[str, str] | None
) -> None:
    assert pairs(opened(a_file(tmp_path, name, text), columns=columns)) == PAIRS


def test_a_cell_may_hold_several_lines(tmp_path: Path) -> None:
    source = opened(a_file(tmp_path, "a.csv", 'en,fr\n"one\ntwo","un\ndeux"\nOpen,Ouvrir\n'))
    assert pairs(source) == [("one\ntwo", "un\ndeux"), ("Open", "Ouvrir")]
    assert source.ids == ["4", "5"]  # the lines on which they end


def test_two_files_agree_whether_or_not_the_last_line_ends(tmp_path: Path) -> None:
    a_file(tmp_path, "a.fr", "Enregistrer\nOuvrir")
    path = a_file(tmp_path, "a.en", "Save, now\nOpen\n")
    assert pairs(opened(path, translations=tmp_path / "a.fr")) == PAIRS


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.tsv", "Open\tOuvrir\nSave", "line 2 has no tab between text and translation"),
        ("a.csv", "en,fr\nOpen,Ouvrir\nSave, now,Enregistrer\n", "line 3 has 3 columns, the first line 2"),
        ("a.jsonl", '{"en": "Open", "fr": "Ouvrir"}\n{"en": }\n', "line 2 is not JSON: Expecting value at column 8"),
        ("a.jsonl", '{"en": "Open", "fr": "Ouvrir"}\n[1]\n', 'line 2 is no object such as {"en": "...", "fr": "..."}'),
        ("a.jsonl", '{"en": "Open", "fr": "Ouvrir"}\n{"en": 1, "fr": ""}\n', "'en' of line 2 is no text"),
        ("a.jsonl", '{"en": "Open", "fr": "Ouvrir"}\n{"en": "", "fra": ""}', "line 2 has no 'fr', did you mean 'fra'?"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_one_sample_that_says_why(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    source = opened(a_file(tmp_path, name, text))
    assert source.read(source.ids[0]).target == "Ouvrir"
    with pytest.raises(ValueError, match=r".") as raised:
        source.read(source.ids[1])
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("name", "text", "encoding", "said"),
    [
        ("a.csv", "english,french\na,b\n", "utf-8", r"a\.csv has no column 'en', known: english, french; `columns:"),
        ("a.csv", "", "utf-8", r"a\.csv has no column 'en'"),
        ("a.csv", 'en,fr\n"Open,Ouvrir\n', "utf-8", r"no CSV: unexpected end of data \(line 2\)"),
        ("a.tsv", "Open\tOuvrir\n", "utf-16", r"is no UTF-8 \(invalid start byte at byte 0\); save it as UTF-8"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, text: str, encoding: str, said: str
) -> None:
    with pytest.raises(StagewrightError, match=said):
        opened(a_file(tmp_path, name, text, encoding))


def test_a_task_without_languages_is_said(tmp_path: Path) -> None:
    task = segmentation(None, classes=("a", "b"), size=(8, 8))  # type: ignore[arg-type]
    with pytest.raises(StagewrightError, match="gives texts of two languages"):
        parallel_file(SourceInputs(task, context(tmp_path)), path=tmp_path / "a.tsv")


def test_columns_of_two_files_contradict() -> None:
    found: list[Problem] = []
    spec = {"type": "parallel_file", "path": "a.en", "translations": "a.fr", "columns": ["a", "b"]}
    bind(Registry(), "data.source", spec, ("data", "source"), found)
    assert [str(item) for item in found] == [
        "data.source.columns: two files line by line have no columns; leave out `columns` or `translations`"
    ]
