from __future__ import annotations

import json

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from stagewright_plugins.packaging.tensors import DTYPES
from stagewright_plugins.serving.datatypes import from_binary, from_json, to_binary, to_json
from stagewright_plugins.serving.refusal import RefusalError

NUMBERS = [name for name in DTYPES if name != "BYTES"]


def test_there_are_the_thirteen_of_the_protocol() -> None:
    assert len(DTYPES) == 13


@pytest.mark.parametrize("datatype", NUMBERS)
@given(data=st.data())
def test_numbers_survive_both_forms(datatype: str, data: st.DataObject) -> None:
    array = data.draw(arrays.arrays(DTYPES[datatype], arrays.array_shapes(min_dims=1, max_side=3)))
    shape = list(array.shape)
    back = from_binary("x", datatype, shape, memoryview(bytes(to_binary(array))))
    np.testing.assert_array_equal(back, array)
    finite = np.nan_to_num(array, posinf=0, neginf=0) if array.dtype.kind == "f" else array
    text = orjson.dumps(to_json(finite), option=orjson.OPT_SERIALIZE_NUMPY)
    np.testing.assert_array_equal(from_json("x", datatype, shape, json.loads(text)), finite)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_text_survives_both_forms(values: list[str]) -> None:
    values = [value.encode("utf-8", "ignore").decode() for value in values]
    array = np.array(values, dtype=object)
    raw = memoryview(bytes(to_binary(array)))
    assert from_binary("x", "BYTES", [len(values)], raw).tolist() == values
    assert from_json("x", "BYTES", [len(values)], to_json(array)).tolist() == values


def test_flat_and_nested_data_are_the_same() -> None:
    flat = from_json("x", "INT32", [2, 2], [1, 2, 3, 4])
    np.testing.assert_array_equal(flat, from_json("x", "INT32", [2, 2], [[1, 2], [3, 4]]))
    assert flat.dtype == np.int32


def test_null_is_nan_where_there_is_nan() -> None:
    assert np.isnan(from_json("x", "FP32", [2], [1, None])[1])


@pytest.mark.parametrize(
    ("datatype", "data"),
    [
        ("INT32", [1.5]), ("UINT8", [300]), ("UINT8", [-1]), ("INT64", [2**63]), ("FP32", ["3"]),
        ("BOOL", [2]), ("BOOL", [0.5]), ("INT8", [None]), ("BYTES", [3]), ("INT32", [[1], [2, 3]]),
        ("FP32", [1, 2]), ("FP32", 1), ("FP32", None), ("FP99", [1]), (None, [1]), ("FP32", [{}]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(datatype: str, data: object) -> None:
    with pytest.raises(RefusalError, match="'x'") as refusal:
        from_json("x", datatype, [1], data)
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("datatype", "raw"),
    [
        ("FP32", b"12345"),
        ("BYTES", b"\x05\0\0\0abc"),
        ("BYTES", b"\x01\0"),
        ("BYTES", b"\x01\0\0\0\xff"),
        ("BYTES", b""),
    ],
)
def test_binary_that_does_not_fit_is_refused(datatype: str, raw: bytes) -> None:
    with pytest.raises(RefusalError, match="'x'"):
        from_binary("x", datatype, [1], memoryview(raw))


def test_binary_is_not_copied() -> None:
    body = bytes(16)
    assert np.shares_memory(from_binary("x", "FP32", [4], memoryview(body)), np.frombuffer(body, np.uint8))


def test_unaligned_bytes_are_made_usable() -> None:
    array = from_binary("x", "FP64", [1], memoryview(bytes(9))[1:])
    assert array.flags.aligned


@pytest.mark.parametrize(("datatype", "value"), [("FP32", 1e300), ("FP16", 70_000), ("FP16", -1e6)])
def test_a_number_too_large_for_its_type_is_refused_not_made_infinite(datatype: str, value: float) -> None:
    with pytest.raises(RefusalError, match=f"too large for {datatype}"):
        from_json("x", datatype, [2], [1.0, value])


def test_a_refusal_is_short_however_long_the_value() -> None:
    with pytest.raises(RefusalError) as caught:
        from_json("x", "BYTES", [1], [{"a": "b" * 100_000}])
    assert len(str(caught.value)) < 200


def test_a_category_that_is_null_is_told_how_a_missing_one_is_written() -> None:
    with pytest.raises(RefusalError, match=r'holds null, which is no text .BYTES.: a missing category is ""'):
        from_json("kind", "BYTES", [2, 1], [["a"], [None]])
