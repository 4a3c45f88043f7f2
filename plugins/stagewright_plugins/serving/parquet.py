"""A table that came as Parquet, unpacked only as far as a body may hold: runs of equal values cost a file nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from .refusal import RefusalError

if TYPE_CHECKING:
    import pyarrow as arrow

MOST_VALUES = 2_000_000  # of all columns together; reading them holds up other requests for seconds
MOST_BYTES = 64_000_000  # of texts
ROWS = 65_536  # unpacked at a time


def columns(body: bytes, wanted: Collection[str]) -> dict[str, list[Any]]:
    """The wanted columns that the file has; raises RefusalError, 413 for one that unpacks to too much.

    What the file says of its size is not asked: it may lie, and of damaged statistics pyarrow ends the process.
    """
    import pyarrow as arrow
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(arrow.BufferReader(body))
        names = [_single(field).name for field in schema if field.name in wanted]
        texts = [name for name in names if _is_text(schema.field(name).type)]
        # Texts stay numbers of a dictionary until their length is known.
        file = parquet.ParquetFile(arrow.BufferReader(body), read_dictionary=texts)
        return _unpacked(file.iter_batches(ROWS, columns=names), names)
    except (arrow.ArrowException, OSError, ValueError) as error:  # of damaged bytes pyarrow raises all three
        raise RefusalError(400, f"the body is not Parquet: {' '.join(str(error).split())[:200]}") from None


def _unpacked(batches: Any, names: list[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {name: [] for name in names}
    values = size = 0
    for batch in batches:
        values += batch.num_rows * len(names)
        size += sum(map(_text_bytes, batch.columns))
        if values > MOST_VALUES or size > MOST_BYTES:
            said = f"{MOST_VALUES:,} values or {MOST_BYTES:,} bytes of text"
            raise RefusalError(413, f"the Parquet file unpacks to more than {said}")
        for name, column in zip(names, batch.columns, strict=True):
            found[name] += column.to_pylist()
    return found


def _single(field: arrow.Field) -> arrow.Field:
    """Refuse lists, of which one row may hold any number of values."""
    import pyarrow as arrow

    if arrow.types.is_nested(field.type):
        raise RefusalError(
            400, f"column {field.name!r} holds {field.type}, not one value a row; send it as JSON"
        )
    return field


def _is_text(kind: arrow.DataType) -> bool:
    import pyarrow as arrow

    inner = kind.value_type if arrow.types.is_dictionary(kind) else kind
    return bool(
        arrow.types.is_string(inner)
        or arrow.types.is_large_string(inner)
        or arrow.types.is_binary(inner)
        or arrow.types.is_large_binary(inner)
    )


def _text_bytes(column: arrow.Array) -> int:
    """What a column of texts unpacks to; 0 for one of numbers."""
    import pyarrow as arrow
    from pyarrow import compute

    if not arrow.types.is_dictionary(column.type):
        return 0
    lengths = compute.binary_length(column.dictionary).take(column.indices)
    return int(compute.sum(lengths).as_py() or 0)
