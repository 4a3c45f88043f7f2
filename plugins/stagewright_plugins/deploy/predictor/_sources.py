"""Where samples come from: pictures, `datasets` folders, Parquet, files of text; in one order, a sample at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright_plugins.imaging.decoding import picture
from stagewright_plugins.imaging.planes import in_bytes, in_channels
from stagewright_plugins.packaging.columns import translates

from ._lines import LINES, TEXTS, lines
from ._samples import Sample, Samples, as_input, naming

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})
# Columns that may hold pictures, and names of samples, where a table does not use the package's own names.
PICTURE_COLUMNS = ("image", "input", "picture")
ROWS = 256  # of a table read at once


def opened(source: Path, signature: Mapping[str, Any], id: str | None) -> Samples:
    """Find out what a source is; `id` names rows, if said. Raises StagewrightError where nothing can be predicted."""
    if not source.exists():
        raise StagewrightError(f"there is no {source}")
    if source.suffix.lower() in LINES and source.is_file():
        return lines(source, signature, id)
    if source.is_dir() and (source / "state.json").is_file():
        return _table(_arrow(source), sorted(source.glob("*.arrow")), source, signature, id)
    tables = [source] if source.suffix == ".parquet" else sorted(_below(source, {".parquet"}))
    if tables:
        return _table(pads.dataset([str(path) for path in tables]), tables, source, signature, id)
    files = [source] if source.suffix.lower() in PICTURES else sorted(_below(source, PICTURES))
    if files:
        return _pictures(files, source, signature)
    raise StagewrightError(f"{source} holds nothing to predict: {_wanted(signature)}")


def _wanted(signature: Mapping[str, Any]) -> str:
    """What the package can be handed, in words."""
    tables = "a `datasets` folder (save_to_disk) or Parquet files"
    if any(len(tensor["shape"]) == 4 for tensor in signature["inputs"]):
        return f"pictures ({', '.join(sorted(PICTURES))}), {tables}"
    alone = translates(signature)
    kinds = sorted(LINES) if alone else sorted(LINES - TEXTS)
    return f"a file of {'texts' if alone else 'rows'} ({', '.join(kinds)}), {tables}"


def _below(folder: Path, suffixes: Sequence[str] | frozenset[str] | set[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file()]


def _identity(files: Sequence[Path], root: Path) -> str:
    base = root if root.is_dir() else root.parent
    lines = (f"{path.relative_to(base).as_posix()}\0{path.stat().st_size}\n" for path in files)
    return sha256("".join(lines).encode()).hexdigest()


# ---- pictures --------------------------------------------------------------------------------------


def _pictures(files: Sequence[Path], root: Path, signature: Mapping[str, Any]) -> Samples:
    name, channels = _picture_input(signature)
    base = root if root.is_dir() else root.parent

    def after(start: int) -> Iterator[Sample]:
        for path in files[start:]:
            yield Sample(path.relative_to(base).as_posix(), _reader(path, name, channels))

    return Samples(len(files), _identity(files, root), after)


def _reader(path: Path, name: str, channels: int) -> Callable[[], dict[str, np.ndarray]]:
    return lambda: {name: in_channels(in_bytes(picture(path)), channels)}


def _picture_input(signature: Mapping[str, Any]) -> tuple[str, int]:
    for tensor in signature["inputs"]:
        if len(tensor["shape"]) == 4:
            return tensor["name"], tensor["shape"][1]
    names = ", ".join(repr(tensor["name"]) for tensor in signature["inputs"])
    raise StagewrightError(f"the package takes no pictures but columns ({names}): give it a table")


# ---- tables ----------------------------------------------------------------------------------------


def _arrow(folder: Path) -> pads.Dataset:
    """A `datasets` folder: Arrow streams, in the order that its state names."""
    from datasets import load_from_disk

    found = load_from_disk(str(folder))
    if not hasattr(found, "data"):
        raise StagewrightError(f"{folder} holds several splits ({', '.join(found)}): name one of its folders")
    return pads.dataset(found.with_format("arrow").data.table)


def _table(
    table: pads.Dataset, files: Sequence[Path], root: Path, signature: Mapping[str, Any], said: str | None
) -> Samples:
    columns = _columns(table.schema, signature)
    id = naming(table.schema.names, signature, said)
    count = table.count_rows()
    read = [*columns.values(), *([id] if id else [])]

    def after(start: int) -> Iterator[Sample]:
        at = 0
        for batch in table.to_batches(columns=list(dict.fromkeys(read)), batch_size=ROWS, use_threads=False):
            if at + batch.num_rows > start:
                yield from _rows(batch.slice(max(0, start - at)), max(at, start), columns, signature, id)
            at += batch.num_rows

    return Samples(count, _identity(files, root), after, id or "")


def _rows(
    batch: pa.RecordBatch,
    first: int,
    columns: Mapping[str, str],
    signature: Mapping[str, Any],
    id: str | None,
) -> Iterator[Sample]:
    tensors = {tensor["name"]: tensor for tensor in signature["inputs"]}
    for i in range(batch.num_rows):
        own = batch.column(id)[i].as_py() if id else None
        values = {name: batch.column(column)[i] for name, column in columns.items()}

        def read(values: Mapping[str, Any] = values) -> dict[str, np.ndarray]:
            return {name: _value(signature, tensors[name], value) for name, value in values.items()}

        yield Sample(str(first + i if own in (None, "") else own), read)


def _columns(schema: pa.Schema, signature: Mapping[str, Any]) -> dict[str, str]:
    """Which column holds which input."""
    found = {}
    for tensor in signature["inputs"]:
        name = tensor["name"]
        others = PICTURE_COLUMNS if len(tensor["shape"]) == 4 else ()
        column = next((item for item in (name, *others) if item in schema.names), None)
        if column is None:
            raise StagewrightError(
                f"the table has no column {name!r}, {suggestion(name, schema.names, 'column')}"
            )
        found[name] = column
    return found


def _value(signature: Mapping[str, Any], tensor: Mapping[str, Any], value: pa.Scalar) -> np.ndarray:
    """One cell as an input without its batch dimension."""
    if len(tensor["shape"]) == 4:
        return in_channels(_cell_picture(value.as_py()), tensor["shape"][1])
    return as_input(signature, tensor, value.as_py())


def _cell_picture(cell: Any) -> np.ndarray:
    """A picture in a table: an encoded file, or nested lists (C, H, W) as the data stage writes them."""
    if isinstance(cell, Mapping):  # how `datasets` keeps an Image
        cell = cell.get("bytes")
    if isinstance(cell, bytes):
        return in_bytes(picture(BytesIO(cell)))
    array = np.asarray(cell)
    if array.dtype.kind in "iu" and array.size and array.min() >= 0 and array.max() <= 255:
        array = array.astype(np.uint8)
    return in_bytes(np.moveaxis(array, 0, -1) if array.ndim == 3 else array)
