"""Reference and live requests as frames with the same columns (see `columns.py` for their names)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stagewright.rollout.measured import LARGEST
from stagewright_plugins.packaging import columns as packaged

from .columns import OUTPUT, TARGET, VALUE
from .windows import Window

Event = Mapping[str, Any]
KINDS = ("BOOL", "BYTES")
WHOLE = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")


def reference_frame(sketch: Mapping[str, Any], signature: Mapping[str, Any]) -> pd.DataFrame:
    """The sample of `reference.json` as a frame; outputs carry their prefix, class labels are kinds."""
    outputs = {tensor["name"] for tensor in signature["outputs"]}
    kinds = kind_columns(signature)
    columns = {}
    for name, column in sketch["columns"].items():
        full = f"{OUTPUT}{name}" if name.split(".")[0] in outputs else name
        numeric = column["kind"] == "numeric" and full not in kinds
        columns[full] = _series(column["sample"], numeric)
    return pd.DataFrame(columns)


def kind_columns(signature: Mapping[str, Any]) -> set[str]:
    """Columns that hold kinds: text and truth values, and whole numbers that the model answers (labels)."""
    given = {tensor["name"] for tensor in signature["inputs"] if tensor["datatype"] in KINDS}
    answered = {tensor["name"] for tensor in signature["outputs"] if tensor["datatype"] in (*KINDS, *WHOLE)}
    return given | {f"{OUTPUT}{name}" for name in answered}


def live_frame(
    window: Window, signature: Mapping[str, Any], folder: Path, payloads: int, like: pd.DataFrame
) -> pd.DataFrame:
    """The answered requests of a window, one row per sample, indexed by request id.

    Args:
        window: its events.
        signature: of the package, which says what is a batch and what is a vector.
        folder: what references to payloads start from.
        payloads: how many stored payloads are opened at most, spread over the window.
        like: the reference: says which columns are quantities.
    """
    answered = [event for event in window.requests if not failed(event)]
    opened = _spread([event for event in answered if _reference(event)], payloads)
    described = {event["id"]: _described(event, signature, folder) for event in opened}
    ids, rows = [], []
    for event in answered:
        label = window.labels.get(event["id"], {})
        for row in _rows(event, signature):
            own = row | described.get(event["id"], {}) | _labelled(label, signature["classes"])
            ids.append(event["id"])
            rows.append(own)
    return _frame(rows, ids, signature, like)


def failed(event: Event) -> bool:
    """Whether the server did not answer a request (a refused one is the client's own doing)."""
    return bool(event.get("error")) or int(event.get("status") or 200) >= 400


def arrays(event: Event, folder: Path) -> dict[str, np.ndarray]:
    """The stored payload of a request; empty where it was not sampled, or is no longer there."""
    name = _reference(event)
    if not name:
        return {}
    try:
        with np.load(folder / name, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    except (FileNotFoundError, zipfile.BadZipFile):  # cleaned away, or cut short by a kill
        return {}


def _reference(event: Event) -> str:
    inputs = (event.get("inputs") or {}).values()
    return next((str(value["ref"]) for value in inputs if isinstance(value, Mapping) and "ref" in value), "")


def _described(event: Event, signature: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Descriptors of a request's pictures; those of its first, where it brought several."""
    stored = arrays(event, folder)
    wanted = [tensor for tensor in signature["inputs"] if tensor["name"] in stored]
    if not wanted:
        return {}
    found = packaged.of_inputs({**signature, "inputs": wanted}, stored)
    return {name: values[0].item() for name, values in found.items()}


def _rows(event: Event, signature: Mapping[str, Any]) -> list[dict[str, Any]]:
    classes = signature["classes"]
    columns: dict[str, Any] = {}
    for name, value in (event.get("inputs") or {}).items():
        if not isinstance(value, Mapping):
            columns[name] = value
    if packaged.translates(signature):
        columns = _measured(columns)
    vectors = {tensor["name"]: len(tensor["shape"]) > 1 for tensor in signature["outputs"]}
    for name, value in (event.get("outputs") or {}).items():
        if packaged.translates(signature) and _is_text(value):
            columns |= _measured({f"{OUTPUT}{name}": value})
        else:
            columns |= _answered(f"{OUTPUT}{name}", value, vectors.get(name, False), classes)
    count = max((len(value) for value in columns.values() if isinstance(value, list)), default=1)
    return [{name: _at(value, i) for name, value in columns.items()} for i in range(count)]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and any(isinstance(item, str) for item in value)
    )


def _measured(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What is measured of texts, in the place of the texts; one value, or one per row of the request."""
    found: dict[str, Any] = {}
    for name, value in columns.items():
        several = isinstance(value, list)
        measured = packaged.of_texts(name, value if several else [value])
        found |= {
            key: numbers.tolist() if several else float(numbers[0]) for key, numbers in measured.items()
        }
    return found


def _answered(name: str, value: Any, vector: bool, classes: Sequence[str]) -> dict[str, Any]:
    """An output of an event: a value (or one per row), a vector over the classes (or one per row), or shares."""
    if isinstance(value, Mapping):
        shares = list(value.get("shares", ()))
        padded = [*shares, *[0.0] * (len(classes) - len(shares))] if shares else []
        return {f"{name}.{label}": share for label, share in zip(classes, padded, strict=False)}
    if not vector or not isinstance(value, list):
        return {name: value}
    if value and isinstance(value[0], list):
        return {f"{name}.{label}": [row[i] for row in value] for i, label in enumerate(classes)}
    return {f"{name}.{label}": part for label, part in zip(classes, value, strict=False)}


def _at(value: Any, row: int) -> Any:
    if not isinstance(value, list):
        return value
    return value[row] if row < len(value) else None


def _labelled(label: Event, classes: Sequence[str]) -> dict[str, Any]:
    """What a label says; a class that it names as its index, which is what a package answers."""
    found = {f"{VALUE}{name}": value for name, value in (label.get("values") or {}).items()}
    target = label.get("target")
    if target is None or isinstance(target, Mapping):  # a mask, by reference: no value to compare with
        return found
    return {**found, TARGET: classes.index(target) if target in classes else target}


def _frame(
    rows: Sequence[Mapping[str, Any]], ids: Sequence[str], signature: Mapping[str, Any], like: pd.DataFrame
) -> pd.DataFrame:
    kinds = kind_columns(signature)
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        numeric = name not in kinds and name != TARGET
        if name in like:
            numeric = bool(pd.api.types.is_numeric_dtype(like[name]))
        columns[name] = _series([row.get(name) for row in rows], numeric)
    return pd.DataFrame(columns, index=None).set_index(pd.Index(ids, name="id")) if rows else pd.DataFrame()


def _series(values: Iterable[Any], numeric: bool) -> pd.Series:
    kept = list(values)
    if not numeric:
        return pd.Series([None if _gap(value) else _kind(value) for value in kept], dtype=object)
    numbers = pd.to_numeric(pd.Series(kept, dtype=object), errors="coerce").astype(np.float64)
    return numbers.where(numbers.abs() <= LARGEST)  # what cannot be squared spoils every figure: a gap


def _gap(value: Any) -> bool:
    return value is None or value == "" or value != value  # noqa: PLR0124  # NaN


def _kind(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool | float) and float(value).is_integer() else str(value)


def _spread(items: Sequence[Any], most: int) -> list[Any]:
    if len(items) <= most:
        return list(items)
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, most)]
