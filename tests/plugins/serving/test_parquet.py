"""Tables in Parquet from clients that mean no good."""

from __future__ import annotations

import io
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stagewright_plugins.serving.parquet import columns
from stagewright_plugins.serving.refusal import RefusalError


def file(count: int, text: str = "a", compression: str = "zstd") -> bytes:
    """Zeros, and one text over and over: next to nothing, however long."""
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), [text])
    buffer = io.BytesIO()
    pq.write_table(
        pa.table({"x": pa.array(np.zeros(count, np.int64)), "t": texts}), buffer, compression=compression
    )
    return buffer.getvalue()


def test_the_wanted_columns_are_read() -> None:
    assert columns(file(2, "é"), {"t", "y"}) == {"t": ["é", "é"]}
    table = pa.table(
        {"t": ["a", None, "b"], "v": [1.5, None, 2.0], "k": [True, False, True], "left": [[1], [], [2]]}
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    assert columns(buffer.getvalue(), {"t", "v", "k"}) == table.drop(["left"]).to_pydict()


@pytest.mark.parametrize(("count", "text"), [(2_000_000, "a"), (1000, "b" * 100_000)])
def test_a_small_file_that_unpacks_to_much_is_refused_unread(count: int, text: str) -> None:
    body = file(count, text)
    assert len(body) < 100_000
    with pytest.raises(RefusalError) as caught:
        columns(body, {"x", "t"})
    assert caught.value.status == 413


def test_lists_are_refused() -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"t": [["a"]]}), buffer)
    with pytest.raises(RefusalError, match="not one value a row"):
        columns(buffer.getvalue(), {"t"})


def test_damaged_bytes_are_the_clients_fault() -> None:
    """Whatever byte is another: the file is read, or refused with 400 or 413."""
    whole, dice, statuses = file(10, "ab", "none"), random.Random(1), set()
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            columns(bytes(damaged), {"x", "t"})
        except RefusalError as error:
            statuses.add(error.status)
    assert 400 in statuses
    assert statuses <= {400, 413}
