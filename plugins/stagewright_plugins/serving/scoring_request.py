"""The body of POST `/invocations`, in MLflow's formats: four in JSON, CSV, and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import parquet
from .answer import Answer, json_answer
from .datatypes import Array, from_nested
from .infer_request import json_object
from .refusal import RefusalError

FORMATS = ("inputs", "instances", "dataframe_split", "dataframe_records")
Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class ScoringRequest:
    """What a client asks for.

    Attributes:
        outputs: names given as `params: {"outputs": [...]}`; empty for all.
        frame: the request was a table, so the answer is one record per row.
    """

    inputs: dict[str, Array]
    outputs: tuple[str, ...]
    frame: bool


def parse(body: bytes, content_type: str, signature: Mapping[str, Any]) -> ScoringRequest:
    """Read a body by its content type; raises RefusalError, 415 for a type that is not known."""
    kind, _, charset = (part.strip() for part in content_type.lower().partition(";"))
    if charset and charset.replace('"', "") != "charset=utf-8":
        raise RefusalError(415, f"only charset=utf-8 is understood, not {charset!r}")
    if kind == "text/csv":
        return ScoringRequest(_framed(_csv(body, signature), signature), (), True)
    if kind == "application/vnd.apache.parquet":
        names = {tensor["name"] for tensor in signature["inputs"]}
        return ScoringRequest(_framed(parquet.columns(body, names), signature), (), True)
    if kind not in ("application/json", ""):
        known = "application/json, text/csv and application/vnd.apache.parquet"
        raise RefusalError(415, f"content type {kind!r} is not known; known are {known}")
    return _from_json(json_object(body), signature)


def answer(request: ScoringRequest, outputs: Mapping[str, Array]) -> Answer:
    """`{"predictions": …}`: records for tables, arrays by output name for tensors, as MLflow's server does."""
    if not request.frame:
        return json_answer({"predictions": {name: array.tolist() for name, array in outputs.items()}})
    columns = [array.tolist() for array in outputs.values()]
    rows = zip(*columns, strict=True)
    return json_answer({"predictions": [dict(zip(outputs, row, strict=True)) for row in rows]})


def _from_json(raw: Mapping[str, Any], signature: Mapping[str, Any]) -> ScoringRequest:
    given = [name for name in FORMATS if name in raw]
    if len(given) != 1:
        has = " and ".join(given) or "none of them"
        raise RefusalError(400, f"the body needs exactly one of {', '.join(FORMATS)}; it has {has}")
    outputs = _outputs(raw.get("params"))
    if given[0] == "inputs":
        return ScoringRequest(_tensors(raw["inputs"], signature), outputs, False)
    if given[0] == "instances":
        return ScoringRequest(_instances(raw["instances"], signature), outputs, False)
    columns = _split(raw[given[0]]) if given[0] == "dataframe_split" else _records(raw[given[0]], given[0])
    return ScoringRequest(_framed(columns, signature), outputs, True)


def _outputs(params: object) -> tuple[str, ...]:
    if params is not None and not isinstance(params, dict):
        raise RefusalError(400, "`params` must be an object")
    names = (params or {}).get("outputs", [])
    if unknown := sorted((params or {}).keys() - {"outputs"}):
        raise RefusalError(400, f"unknown parameter {unknown[0]!r}; known is `outputs`, an array of names")
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise RefusalError(400, "`params.outputs` must be an array of names")
    return tuple(names)


def _tensors(raw: object, signature: Mapping[str, Any]) -> dict[str, Array]:
    if isinstance(raw, dict):
        known = {tensor["name"]: tensor for tensor in signature["inputs"]}
        for name in raw.keys() - known.keys():
            raise RefusalError(400, f"no input {name!r}; the model takes {', '.join(map(repr, known))}")
        return {name: _tensor(known[name], values) for name, values in raw.items()}
    return {_only(signature)["name"]: _tensor(_only(signature), raw)}


def _instances(raw: object, signature: Mapping[str, Any]) -> dict[str, Array]:
    if not isinstance(raw, list) or not raw:
        raise RefusalError(400, "`instances` must be an array with one element per row")
    if isinstance(raw[0], dict):
        return _tensors(_records(raw, "instances"), signature)
    return {_only(signature)["name"]: _tensor(_only(signature), raw)}


def _only(signature: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = signature["inputs"]
    if len(inputs) != 1:
        names = ", ".join(repr(tensor["name"]) for tensor in inputs)
        raise RefusalError(400, f"the model takes several inputs, give them by name: {names}")
    return dict(inputs[0])


def _framed(columns: Columns, signature: Mapping[str, Any]) -> dict[str, Array]:
    """The model's inputs out of a table; columns that it does not take are left out, as MLflow does."""
    known = {tensor["name"]: tensor for tensor in signature["inputs"]}
    return {name: _tensor(known[name], values) for name, values in columns.items() if name in known}


def _tensor(tensor: Mapping[str, Any], values: object) -> Array:
    """One input; a column of plain values becomes (N, 1) where the model wants that."""
    name, shape = tensor["name"], tensor["shape"]
    if not isinstance(values, list):
        raise RefusalError(400, f"input {name!r} must be an array")
    array = from_nested(name, tensor["datatype"], values)
    if array.ndim == 1 and len(shape) == 2 and shape[1] in (1, -1):
        array = array[:, None]
    return array


def _split(raw: object) -> Columns:
    columns = raw.get("columns") if isinstance(raw, dict) else None
    data = raw.get("data") if isinstance(raw, dict) else None
    if not (isinstance(columns, list) and isinstance(data, list)):
        raise RefusalError(400, "`dataframe_split` needs `columns` and `data`, both arrays")
    if not all(isinstance(row, list) and len(row) == len(columns) for row in data):
        raise RefusalError(
            400, f"every row of `dataframe_split.data` needs {len(columns)} values, as columns"
        )
    return {str(name): [row[at] for row in data] for at, name in enumerate(columns)}


def _records(raw: object, what: str) -> Columns:
    if not (isinstance(raw, list) and raw and all(isinstance(row, dict) for row in raw)):
        raise RefusalError(400, f"`{what}` must be an array of objects, one per row")
    for at, row in enumerate(raw):
        if row.keys() != raw[0].keys():
            raise RefusalError(400, f"row {at} of `{what}` has other columns than row 0")
    return {name: [row[name] for row in raw] for name in raw[0]}


def _csv(body: bytes, signature: Mapping[str, Any]) -> Columns:
    try:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RefusalError(400, f"the body is not CSV in UTF-8: {error}") from None
    rows = [row for row in rows if row]
    if len(rows) < 2:
        raise RefusalError(400, "the CSV needs a first line with the column names, and a line per row")
    for at, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            raise RefusalError(400, f"line {at} of the CSV has {len(row)} values, the first {len(rows[0])}")
    kinds = {tensor["name"]: tensor["datatype"] for tensor in signature["inputs"]}
    table = zip(*rows[1:], strict=True)
    return {
        name: _read(name, kinds[name], cells)
        for name, cells in zip(rows[0], table, strict=True)
        if name in kinds
    }


def _read(name: str, datatype: str, cells: Sequence[str]) -> list[Any]:
    """The cells of one CSV column as its datatype; an empty cell of a floating point column is NaN."""
    if datatype == "BYTES":
        return list(cells)
    read: Callable[[str], Any] = {"BOOL": _truth, "FP": _float}.get(datatype.rstrip("0123456789"), int)
    try:
        return [read(cell) for cell in cells]
    except (ValueError, KeyError) as error:
        raise RefusalError(
            400, f"column {name!r} of the CSV holds a value that is no {datatype}: {error}"
        ) from None


def _float(cell: str) -> float | None:
    return float(cell) if cell.strip() else None


def _truth(cell: str) -> bool:
    return {"true": True, "false": False, "1": True, "0": False}[cell.strip().lower()]
