"""Tables as people have them: what can be read is read right, the rest is one line that says what to do."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.data import SourceInputs, Table
from stagewright.testing import context
from stagewright_plugins.data._validating import Validated, validated
from stagewright_plugins.data.table.table_file import ColumnSetting, table_file
from stagewright_plugins.framing.task.classification import classification

COLUMNS = {"kind": ColumnSetting(kind="category"), "size": ColumnSetting(kind="number")}
LINES = ("id,kind,size,outcome", "007,01234,1.5,no", "008,1.50,,yes", "009,,2,no")


def table(folder: Path, text: str, name: str = "rows.csv", encoding: str = "utf-8", **more: Any) -> Table:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return opened(path, **more)


def opened(path: Path, classes: tuple[str, ...] = ("no", "yes"), **more: Any) -> Table:
    task = classification(None, classes=classes)  # type: ignore[arg-type]
    settings = {"columns": COLUMNS, "id": "id", "target": "outcome", **more}
    return table_file(SourceInputs(task, context(path.parent / "work")), path=path, **settings)


def rows(found: Table, classes: tuple[str, ...] = ("no", "yes")) -> Validated:
    return validated(found, classes)


def refused(found: Table, classes: tuple[str, ...] = ("no", "yes")) -> list[str]:
    return [item.detail for item in rows(found, classes).refused]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_words_and_names_stay_as_they_are_written(tmp_path: Path, separator: str) -> None:
    found = rows(table(tmp_path, "\n".join(LINES).replace(",", separator))).rows
    assert found["id"].tolist() == ["007", "008", "009"]
    assert found["kind"].tolist() == ["01234", "1.50", ""]
    assert found["size"].fillna(-1).tolist() == [1.5, -1, 2]


def test_whole_numbers_that_are_categories_stay_whole_where_one_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    frame = pd.DataFrame({"id": [1, 2, 3], "kind": [7, None, 8], "size": [1, 2, 3], "outcome": [0, 1, 0]})
    frame.astype({"kind": "Int64"}).to_parquet(path)
    found = rows(opened(path)).rows
    assert found["kind"].tolist() == ["7", "", "8"]
    assert found["target"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("classes", "values", "wanted"),
    [
        (("no", "yes"), "0 1 0", [0, 1, 0]),
        (("1", "0"), "0 1 0", [1, 0, 1]),
        (("1", "2"), "1 2 1", [0, 1, 0]),
        (("no", "yes"), "yes no yes", [1, 0, 1]),
    ],
)
def test_a_class_is_known_by_its_name_and_else_by_its_index(
    tmp_path: Path, classes: tuple[str, ...], values: str, wanted: list[int]
) -> None:
    lines = ["id,kind,size,outcome", *(f"{i},a,1,{value}" for i, value in enumerate(values.split()))]
    found = table(tmp_path, "\n".join(lines), classes=classes)
    assert rows(found, classes).rows["target"].tolist() == wanted


def test_a_cell_in_quotes_may_hold_the_separator(tmp_path: Path) -> None:
    found = table(tmp_path, 'id,kind,size,outcome\n1,"a, or ""b""",1,no\n2,c,1,yes\n')
    assert rows(found).rows["kind"].tolist() == ['a, or "b"', "c"]


def test_what_tools_write_for_missing_numbers_is_missing(tmp_path: Path) -> None:
    lines = [
        "id,kind,size,outcome",
        *(f"{i},a,{word},no" for i, word in enumerate(["NA", "n/a", "NULL", "-", "1"])),
    ]
    found = rows(table(tmp_path, "\n".join(lines)))
    assert not found.refused
    assert found.rows["size"].isna().tolist() == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("7,5", "size holds '7,5', which is no number; write 7.5"),
        ("soon", "size holds 'soon', which is no number"),
    ],
)
def test_a_cell_that_is_no_number_is_named(tmp_path: Path, cell: str, said: str) -> None:
    found = table(tmp_path, f"id;kind;size;outcome\n1;a;{cell};no\n2;a;2;yes\n")
    assert refused(found) == [said]


def test_a_row_without_a_name_is_no_sample(tmp_path: Path) -> None:
    found = rows(table(tmp_path, "id,kind,size,outcome\n1,a,1,no\n,a,2,yes\n,b,3,no\n"))
    assert found.rows["id"].tolist() == ["1"]
    assert [(item.id, item.reason) for item in found.refused] == [("row 2", "no id"), ("row 3", "no id")]


def test_a_quantity_as_target_is_told_what_to_make_of_it(tmp_path: Path) -> None:
    lines = ["id,kind,size,outcome", *(f"{i},a,1,{i + 0.25}" for i in range(3))]
    assert refused(table(tmp_path, "\n".join(lines)))[0] == (
        "outcome '0.25', known: no, yes; only classes are predicted, make some of the number (`query`)"
    )


def test_a_word_far_down_a_column_of_numbers_is_one_bad_row(tmp_path: Path) -> None:
    lines = ["id,kind,size,outcome", *(f"{i},a,{i},no" for i in range(30_000)), "x,a,much,no"]
    assert refused(table(tmp_path, "\n".join(lines))) == ["size holds 'much', which is no number"]


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("", "utf-8", r"rows\.csv is empty"),
        ("id,kind,size,outcome\n", "utf-8", "'rows.csv' has no rows"),
        ("\n".join(LINES), "utf-16", "not utf-8 encoded; save it as UTF-8"),
        ("id,kind,size,outcome\n1,é,1,no\n", "latin-1", "not utf-8 encoded; save it as UTF-8"),
        ("id,kind,size,outcome\n1,a,1,no\n2,a, b,1,no\n", "utf-8", r"line 3 of .* has 5 cells, the first line 4"),
        ("kind,size,outcome\na,1,no\n", "utf-8", r"`query: SELECT \*, row_number\(\) OVER \(\) AS id FROM source`"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_one_line(tmp_path: Path, text: str, encoding: str, said: str) -> None:
    with pytest.raises(StagewrightError, match=said) as raised:
        rows(table(tmp_path, text, encoding=encoding))
    assert "\n" not in str(raised.value)


def test_the_advice_for_rows_without_a_name_works(tmp_path: Path) -> None:
    query = "SELECT *, row_number() OVER () AS id FROM source"
    found = table(tmp_path, "kind,size,outcome\na,1,no\nb,2,yes\n", query=query)
    assert rows(found).rows["id"].tolist() == ["1", "2"]


# ---- times -----------------------------------------------------------------------------------------


def times(folder: Path, *values: str, **more: Any) -> list[str]:
    lines = ["id;kind;size;outcome;at", *(f"{i};a;1;no;{value}" for i, value in enumerate(values))]
    found = table(folder, "\n".join(lines), time="at", **more).rows["at"]
    return [f"{value:%Y-%m-%d %H:%M}" if pd.notna(value) else "" for value in found]


@pytest.mark.parametrize(
    "values",
    [
        ("2024-01-03", "2024-02-15"), ("2024-01-03T00:00:00Z", "2024-02-15 00:00"), ("20240103", "20240215"),
        ("03.01.2024", "15.02.2024"), ("01/03/2024", "02/15/2024"), ("3 Jan 2024", "15 Feb 2024"),
        ("01/03/2024 12:00 AM", "02/15/2024 12:00 AM"), ("2024-01-03T01:00+01:00", "2024-02-15T01:00+01:00"),
    ],
)  # fmt: skip
def test_dates_that_can_be_read_in_one_way_are(tmp_path: Path, values: tuple[str, ...]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = times(tmp_path, *values, "")
    assert found == ["2024-01-03 00:00", "2024-02-15 00:00", ""]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (("01.01.2024", "03.01.2024"), "'03.01.2024', where day and month may be either"),
        (("1705320000", "1705406400"), "the number 1705320000"),
        (("45306", "45307"), "the number 45306"),
        (("2024-01-03", "soon"), "'soon', which cannot be read as a moment"),
        (("01/03/24", "02/15/24"), "'01/03/24', which cannot be read as a moment"),
        (("10:30", "11:30"), "'10:30', which cannot be read as a moment"),
    ],
)
def test_dates_that_would_be_guessed_are_refused_with_the_way_out(
    tmp_path: Path, values: tuple[str, ...], said: str
) -> None:
    with pytest.raises(StagewrightError, match="write ISO 8601") as raised:
        times(tmp_path, *values)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [(("45294", "45337"), "2024-01-03"), (("1704240000", "1707955200"), "2024-01-03")],
)
def test_the_query_that_is_advised_for_numbers_works(
    tmp_path: Path, values: tuple[str, ...], wanted: str
) -> None:
    with pytest.raises(StagewrightError) as raised:
        times(tmp_path, *values)
    query = str(raised.value).split("`query: ")[1].removesuffix("`")
    found = opened(tmp_path / "rows.csv", time="at", query=query).rows["at"]
    assert [f"{value:%Y-%m-%d}" for value in found] == [wanted, "2024-02-15"]


def test_dates_in_json_are_guessed_no_more_than_in_csv(tmp_path: Path) -> None:
    def read(*values: str | None, **more: Any) -> list[str]:
        path = tmp_path / "rows.jsonl"
        row = {"kind": "03-01-2024", "size": 1.5, "outcome": "no", "more": [{"on": "03-01-2024", "deep": 1}]}
        path.write_text("\n".join(json.dumps(row | {"id": i, "at": at}) for i, at in enumerate(values)))
        found = opened(path, time="at", **more).rows
        assert more.get("query") or set(found["kind"]) == {"03-01-2024"}  # a word stays one
        return [f"{value:%Y-%m-%d}" for value in found["at"].dropna()]

    with pytest.raises(StagewrightError, match="'03-01-2024', where day and month may be either"):
        read("03-01-2024", "05-02-2024")
    for query in (None, "SELECT * FROM source"):
        found = read("03-01-2024", None, "05-02-2024", time_format="%d-%m-%Y", query=query)
        assert found == ["2024-01-03", "2024-02-05"]
    assert read("2024-01-03", "2024-02-15T10:00:00Z") == ["2024-01-03", "2024-02-15"]


@pytest.mark.parametrize("query", [None, "SELECT * FROM source"])
@pytest.mark.parametrize(
    ("form", "values"),
    [("%d.%m.%Y", ("03.01.2024", "05.02.2024")), ("%m/%d/%y", ("01/03/24", "02/05/24"))],
)
def test_a_format_that_is_said_is_the_only_one(
    tmp_path: Path, form: str, values: tuple[str, ...], query: str | None
) -> None:
    assert times(tmp_path, *values, time_format=form, query=query) == ["2024-01-03 00:00", "2024-02-05 00:00"]
    with pytest.raises(StagewrightError, match="'2024-01-03', which cannot be read"):
        times(tmp_path, "2024-01-03", values[0], time_format=form)
