"""Closed segments of the event log become Parquet: a fifth of the size, and open to DuckDB, pandas, Spark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stagewright.live.event_log import finished, read, read_file, segments

ROWS = 20_000
# Common fields as columns of their own; everything, them included, as JSON in `event`.
FIELDS = {
    "t": pa.string(),
    "kind": pa.string(),
    "id": pa.string(),
    "arm": pa.string(),
    "version": pa.string(),
    "status": pa.int32(),
    "latency_ms": pa.float64(),
    "event": pa.string(),
}
KEPT = "retrain"
SCHEMA = pa.schema(list(FIELDS.items()))


def roll(folder: Path) -> list[Path]:
    """Write each segment whose writer is done with it as Parquet, then remove it; gives the new files.

    A segment that tells of retraining stays as it is: `stagewright retrain --due` reads it, which knows no Parquet.

    A kill in between leaves both; the next call then writes the Parquet file anew, so nothing counts twice.
    """
    written = []
    for segment in segments(folder):
        with finished(segment) as done:
            if done and (target := _rolled(segment)):
                written.append(target)
    return written


def rolled(folder: Path) -> Iterator[dict[str, Any]]:
    """The events of all Parquet files whose segment is gone, oldest writer first."""
    for path in sorted((folder / "events").glob("*.parquet")):
        if not path.with_suffix(".jsonl").exists():
            for batch in pq.ParquetFile(path).iter_batches(columns=["event"]):
                yield from (json.loads(text) for text in batch.column(0).to_pylist())


def every(folder: Path) -> list[dict[str, Any]]:
    """All events by time, rolled or not."""
    found = [*rolled(folder), *read(folder)]
    found.sort(key=lambda event: str(event.get("t", "")))
    return found


def _rolled(segment: Path) -> Path | None:
    target = segment.with_suffix(".parquet")
    part = target.with_suffix(".part")
    kept = False
    with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
        for batch in _batches(segment):
            kept = kept or KEPT in batch.column("kind").to_pylist()
            writer.write_batch(batch)
    if kept:
        part.unlink()
        return None
    part.replace(target)
    segment.unlink()
    return target


def _batches(segment: Path) -> Iterator[pa.RecordBatch]:
    rows: list[dict[str, Any]] = []
    for event in read_file(segment):
        rows.append(_row(event))
        if len(rows) == ROWS:
            yield pa.RecordBatch.from_pylist(rows, SCHEMA)
            rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, SCHEMA)


def _row(event: dict[str, Any]) -> dict[str, Any]:
    latency = event.get("latency_ms")
    total = latency.get("total") if isinstance(latency, dict) else None
    own = {name: event.get(name) for name in ("t", "kind", "arm", "version")}
    texts = {name: None if value is None else str(value) for name, value in own.items()}
    id = None if event.get("id") is None else str(event["id"])
    status = event.get("status")
    status = status if isinstance(status, int) else None  # of a retraining, it is a word
    whole = json.dumps(event, ensure_ascii=False)
    return {**texts, "id": id, "status": status, "latency_ms": total, "event": whole}
