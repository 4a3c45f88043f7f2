"""Batch predictions of texts and rows from files of text: said by name, and a bad row costs nothing but itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from small_texts import a_task
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.deploy import PredictorInputs
from stagewright_plugins.packaging.rule import packaged
from stagewright_plugins.scoring import rules, text_rules
from stagewright_plugins.texts.memory import Memory

MEMORY = [("Delete %s", "Supprimer %s"), ("Save the page", "Enregistrer la page"), ("Yes", "Oui")]
Predict = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def predict(tmp_path: Path) -> Predict:
    """A package that remembers three messages of at most 80 characters; gives the rows as JSON lines say them."""
    baseline = tmp_path / "baseline"
    baseline.mkdir()
    rules.write(baseline, text_rules.translation_memory(Memory(MEMORY), 0.0))
    packaged(baseline, tmp_path / "package", "menus", a_task())

    def run(
        name: str, content: str | bytes, said: list[str] | None = None, **settings: Any
    ) -> list[dict[str, Any]]:
        source = tmp_path / name
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        out = tmp_path / f"out of {name}"
        given = {"type": "batch", "threads": 1, "format": "jsonl", **settings}
        predictor = Registry().component("deploy.predictor", given)
        say = (said if said is not None else []).append
        predictor(PredictorInputs(tmp_path / "package", source, out, Registry().component, say))
        parts = sorted((out / "predictions").glob("*.jsonl"))
        return [json.loads(line) for part in parts for line in part.read_text().splitlines()]

    return run


def test_a_text_a_line(predict: Predict) -> None:
    found = predict("messages.txt", "\ufeffDelete %(name)s\r\n\r\nYes")
    assert [row["id"] for row in found] == ["0", "1", "2"]
    assert [row["text"] for row in found] == ["Delete %(name)s", "", "Yes"]
    assert found[0]["translation"] == "Supprimer %(name)s"
    assert found[2] == {
        "id": "2", "error": "", "text": "Yes", "translation": "Oui", "confidence": 1.0, "match": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"id": "a", "text": "Save the page", "file": "x.py"}\n\n{"text": "Yes"}\n'),
        ("a.csv", "id,text\na,Save the page\n\n,Yes\n"),
        ("a.tsv", "text\tid\nSave the page\ta\nYes\t\n"),
        ("semicolons.csv", 'id;text\na;"Save the page"\n;Yes\n'),
    ],
)
def test_rows_with_the_packages_column(predict: Predict, name: str, content: str) -> None:
    found = predict(name, content)
    assert [(row["id"], row["translation"]) for row in found] == [("a", "Enregistrer la page"), ("1", "Oui")]


def test_a_quoted_cell_may_hold_separators_and_line_ends(predict: Predict) -> None:
    (row,) = predict("a.csv", 'text\n"Save,\nthe page"\n')
    assert row["text"] == "Save,\nthe page"


@pytest.mark.parametrize(
    ("name", "content", "errors"),
    [
        ("latin.txt", b"Caf\xe9\nYes\n", ["no UTF-8: unexpected end of data at byte 3", ""]),
        (
            "bad.jsonl",
            '{"text": "Yes"}\nnothing\n[1]\n{"text": null}\n{"text": ["a"]}\n',
            [
                "",
                "line 2 is not JSON: Expecting value at column 1",
                'line 3 is no object such as {"text": "..."}',
                "missing: text has no value",
                'text holds ["a"], a single value is needed',
            ],
        ),
        (
            "cells.csv",
            "text\nSave, the page\nYes\n",
            ["the row has 2 cells, the first line 1: put a text that holds the separator in quotes", ""],
        ),
        ("long.txt", "word " * 20 + "\nYes\n", ["a text has 99 characters, the model takes 80", ""]),
    ],
)
def test_a_bad_row_says_why_and_the_others_go_on(
    predict: Predict, name: str, content: str | bytes, errors: list[str]
) -> None:
    said: list[str] = []
    found = predict(name, content, said)
    assert [row["error"] for row in found] == errors
    assert all((row["translation"] is None) == bool(row["error"]) for row in found)
    wrong = sum(map(bool, errors))
    assert said[-1] == f"{wrong} could not be predicted: the column `error` says why"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("wrong.csv", "message\nYes\n", "no column 'text', known: message"),
        ("wrong.jsonl", '{"txt": "Yes"}\n', "no column 'text', did you mean 'txt'"),
        ("nothing.jsonl", "nothing\n", "cannot be read: line 1 is not JSON"),
        ("empty.txt", "", "holds no rows to predict"),
        ("empty.csv", "text\n", "holds no rows to predict"),
        ("latin.csv", b"text\nCaf\xe9\n", "is no CSV in UTF-8"),
        ("messages.doc", "Yes\n", r"a file of texts \(\.csv, \.jsonl, \.ndjson, \.tsv, \.txt\)"),
    ],
)
def test_files_that_cannot_be_predicted(
    predict: Predict, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(StagewrightError, match=message):
        predict(name, content)


def test_formats_hold_the_same(predict: Predict, tmp_path: Path) -> None:
    texts = "Delete %s\nYes\n"
    said = [row["translation"] for row in predict("a.txt", texts)]
    for name, read in (("parquet", pd.read_parquet), ("csv", pd.read_csv)):
        with pytest.raises(StagewrightError, match=f"another format \\(jsonl, now {name}\\)"):
            predict("a.txt", texts, format=name)
        predict(f"{name}.txt", texts, format=name)
        part = tmp_path / f"out of {name}.txt" / "predictions" / f"part-00000.{name}"
        assert read(part)["translation"].tolist() == said


def test_an_edited_text_of_the_same_length_is_another_source(predict: Predict) -> None:
    predict("a.txt", "Yes\n")
    with pytest.raises(StagewrightError, match="another source"):
        predict("a.txt", "Not\n")


def test_what_is_finished_is_not_done_again(predict: Predict, tmp_path: Path) -> None:
    texts = "".join(f"Delete {i}\n" for i in range(7))
    whole = predict("a.txt", texts, shard=2)
    (tmp_path / "out of a.txt" / "predictions" / "part-00003.jsonl").unlink()
    said: list[str] = []
    assert predict("a.txt", texts, said, shard=2) == whole
    assert said[0] == "6 of 7 were finished before"
