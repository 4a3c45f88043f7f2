from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from stagewright_plugins.serving.infer_request import parse
from stagewright_plugins.serving.refusal import RefusalError

X = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}


def text(**changes: Any) -> bytes:
    return json.dumps({"inputs": [X], **changes}).encode()


def test_a_plain_request() -> None:
    asked = parse(text(id="a", outputs=[{"name": "y"}]), None)
    assert (asked.id, asked.outputs) == ("a", ("y",))
    assert not asked.wants_binary("y")
    np.testing.assert_array_equal(asked.inputs["x"], [[1, 2]])


def test_bytes_follow_the_json_in_the_order_of_the_inputs() -> None:
    inputs = [
        {"name": name, "datatype": "UINT8", "shape": [1, n], "parameters": {"binary_data_size": n}}
        for name, n in (("a", 2), ("b", 3))
    ]
    head = json.dumps({"inputs": [*inputs, X]}).encode()
    asked = parse(head + b"\1\2\3\4\5", str(len(head)).encode())
    assert asked.inputs["a"].tolist() == [[1, 2]]
    assert asked.inputs["b"].tolist() == [[3, 4, 5]]
    assert asked.inputs["x"].tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("changes", "binary"),
    [
        ({"parameters": {"binary_data_output": True}}, True),
        ({}, False),
        ({"outputs": [{"name": "y", "parameters": {"binary_data": True}}]}, True),
        ({"outputs": [{"name": "y"}], "parameters": {"binary_data_output": True}}, True),
        (
            {
                "outputs": [{"name": "y", "parameters": {"binary_data": False}}],
                "parameters": {"binary_data_output": True},
            },
            False,
        ),
    ],
)
def test_which_outputs_go_back_as_bytes(changes: dict[str, Any], binary: bool) -> None:
    assert parse(text(**changes), None).wants_binary("y") is binary


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in X.items() if name != key}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"[1]", "must be a JSON object"),
        (b"{}", "no `inputs`"),
        (text(inputs=[]), "no `inputs`"),
        (text(inputs={}), "array of objects"),
        (text(inputs=[X, X]), "twice"),
        (text(inputs=[without("name")]), "no `name`"),
        (text(inputs=[without("datatype")]), "datatype ''"),
        (text(inputs=[without("shape")]), "needs a `shape`"),
        (text(inputs=[X | {"shape": [1, -2]}]), "needs a `shape`"),
        (text(inputs=[without("data")]), "needs its data"),
        (text(id=3), "`id` must be text"),
        (text(parameters=[]), "`parameters` must be an object"),
        (text(outputs=["y"]), "`outputs` must be an array of objects"),
        (text(outputs=[{"name": "y", "parameters": {"classification": 3}}]), "`classification` of 'y'"),
        (text(inputs=[X | {"parameters": {"binary_data_size": 8}}]), "0 bytes follow"),
        (text(inputs=[X | {"parameters": {"binary_data_size": "8"}}]), "binary_data_size '8'"),
    ],
)
def test_what_is_wrong_is_said(body: bytes, said: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        parse(body, None)
    assert refusal.value.status == 400
    assert said in refusal.value.text


@pytest.mark.parametrize("length", [b"-1", b"x", b"100000", b"9" * 5000])
def test_a_header_length_that_does_not_fit(length: bytes) -> None:
    with pytest.raises(RefusalError, match="Inference-Header-Content-Length"):
        parse(text(), length)


def test_bytes_that_nobody_claims() -> None:
    with pytest.raises(RefusalError, match="3 bytes follow the JSON that no input claims"):
        parse(text() + b"abc", str(len(text())).encode())
