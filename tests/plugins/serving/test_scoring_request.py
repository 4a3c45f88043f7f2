from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagewright_plugins.serving.refusal import RefusalError
from stagewright_plugins.serving.scoring_request import answer, parse

TABLE = {
    "inputs": [
        {"name": "hours", "datatype": "FP32", "shape": [-1, 1]},
        {"name": "place", "datatype": "BYTES", "shape": [-1, 1]},
        {"name": "late", "datatype": "BOOL", "shape": [-1, 1]},
    ]
}
ONE = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}]}
FRAME = pd.DataFrame({"hours": [1.5, None], "place": ["a", "b"], "late": [True, False], "other": [1, 2]})
COLUMNS = {"hours": [1.5, None], "place": ["a", "b"], "late": [True, False]}
JSON = "application/json"


def records() -> list[dict[str, Any]]:
    return json.loads(FRAME.to_json(orient="records"))


@pytest.mark.parametrize(
    ("body", "kind", "frame"),
    [
        (json.dumps({"dataframe_split": json.loads(FRAME.to_json(orient="split"))}), JSON, True),
        (json.dumps({"dataframe_records": records()}), JSON + "; charset=utf-8", True),
        (json.dumps({"inputs": COLUMNS}), JSON, False),
        (
            json.dumps({"instances": [{k: v for k, v in row.items() if k != "other"} for row in records()]}),
            "",
            False,
        ),
        (FRAME.to_csv(index=False), "text/csv", True),
    ],
)
def test_the_formats_of_mlflow_mean_the_same(body: str, kind: str, frame: bool) -> None:
    asked = parse(body.encode(), kind, TABLE)
    assert asked.frame is frame
    np.testing.assert_array_equal(asked.inputs["hours"], np.array([[1.5], [np.nan]], np.float32))
    assert asked.inputs["place"].tolist() == [["a"], ["b"]]
    assert asked.inputs["late"].tolist() == [[True], [False]]


def test_parquet() -> None:
    buffer = io.BytesIO()
    FRAME.to_parquet(buffer)
    asked = parse(buffer.getvalue(), "application/vnd.apache.parquet", TABLE)
    assert asked.inputs["place"].tolist() == [["a"], ["b"]]
    assert np.isnan(asked.inputs["hours"][1, 0])


@pytest.mark.parametrize("body", [{"inputs": [[1, 2]]}, {"instances": [[1, 2]]}, {"inputs": {"x": [[1, 2]]}}])
def test_a_single_input_needs_no_name(body: dict[str, Any]) -> None:
    assert parse(json.dumps(body).encode(), JSON, ONE).inputs["x"].tolist() == [[1, 2]]


def test_outputs_can_be_chosen() -> None:
    body = {"inputs": [[1, 2]], "params": {"outputs": ["y"]}}
    assert parse(json.dumps(body).encode(), JSON, ONE).outputs == ("y",)


def test_tables_are_answered_by_row_and_tensors_by_name() -> None:
    outputs = {"label": np.array([1, 0]), "confidence": np.array([0.5, 1.0])}
    frame = parse(FRAME.to_csv(index=False).encode(), "text/csv", TABLE)
    assert json.loads(answer(frame, outputs).body) == {
        "predictions": [{"label": 1, "confidence": 0.5}, {"label": 0, "confidence": 1.0}]
    }
    tensors = parse(json.dumps({"inputs": COLUMNS}).encode(), JSON, TABLE)
    assert json.loads(answer(tensors, outputs).body) == {
        "predictions": {"label": [1, 0], "confidence": [0.5, 1.0]}
    }


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        ("{}", JSON, 400, "it has none of them"),
        ('{"inputs": [1], "instances": [1]}', JSON, 400, "inputs and instances"),
        ("[1]", JSON, 400, "JSON object"),
        ('{"inputs": [[1, 2]]}', JSON, 400, "several inputs"),
        ('{"inputs": {"hors": [1]}}', JSON, 400, "no input 'hors'"),
        ('{"inputs": {"hours": 1}}', JSON, 400, "must be an array"),
        ('{"instances": []}', JSON, 400, "one element per row"),
        ('{"instances": [1], "params": {"top": 1}}', JSON, 400, "unknown parameter 'top'"),
        ('{"dataframe_split": {"columns": ["hours"], "data": [[1, 2]]}}', JSON, 400, "needs 1 values"),
        ('{"dataframe_split": [1]}', JSON, 400, "needs `columns` and `data`"),
        ('{"dataframe_records": [{"hours": 1}, {"place": "a"}]}', JSON, 400, "row 1"),
        ("hours,place\n1", "text/csv", 400, "line 2"),
        ("hours", "text/csv", 400, "a line per row"),
        ("hours,late\nx,true", "text/csv", 400, "'hours'"),
        ("hours,late\n1,perhaps", "text/csv", 400, "'late'"),
        ("x", "application/vnd.apache.parquet", 400, "not Parquet"),
        ("x", "application/xml", 415, "'application/xml' is not known"),
        ("{}", JSON + "; charset=latin-1", 415, "charset=utf-8"),
    ],
)
def test_what_is_wrong_is_said(body: str, kind: str, status: int, said: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        parse(body.encode(), kind, TABLE)
    assert refusal.value.status == status
    assert said in refusal.value.text
