"""The one pass over the source: every item decoded once, checked, measured and put on disk."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stagewright.context import Emit
from stagewright.errors import StagewrightError
from stagewright.stages.data import QualityChoice, Sample, Source
from stagewright.stages.framing import Task
from stagewright_plugins.imaging.planes import Refused
from stagewright_plugins.imaging.view import ImageView

from ._refusal import Refusal, told
from ._shaping import Shaper
from ._spool import Spool

OWN_COLUMNS = ("id", "group", "time", "split")
EVERY = 0.5  # seconds between two progress events


@dataclass(frozen=True)
class Examined:
    """One good item: what goes to disk, and what is known of it."""

    id: str
    input: NDArray[np.uint8]
    target: NDArray[np.uint8]
    sample: Sample
    quality: Mapping[str, float]


@dataclass
class Reading:
    """What the pass found.

    Attributes:
        rows: one row per good item in source order, its index the row in the spool: `id`, `group`, `time`,
            then tags, then quality columns.
        refused: items in quarantine, in source order.
        tags, quality: names of these columns.
        splits: by id, of samples whose source says where they go.
        inputs, targets: SHA-256 per row, over what the model will see.
    """

    rows: pd.DataFrame
    refused: list[Refusal] = field(default_factory=list)
    tags: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    splits: dict[str, str] = field(default_factory=dict)
    inputs: list[bytes] = field(default_factory=list)
    targets: list[bytes] = field(default_factory=list)


def read(
    source: Source,
    task: Task,
    quality: Sequence[QualityChoice],
    spool: Spool,
    emit: Emit,
    workers: int,
) -> Reading:
    """Read all items; the result does not depend on `workers`.

    Raises:
        StagewrightError: a quality metric fails, or two columns would have one name.
    """
    examine = _Examiner(source, Shaper(task), quality, task.classes)
    progress = _Progress(emit, len(source.ids))
    found = Reading(pd.DataFrame())
    rows: list[dict[str, Any]] = []
    tags: dict[str, None] = {}
    measured: dict[str, None] = {}
    for item in _in_order(examine, source.ids, workers):
        progress.step()
        if isinstance(item, Refusal):
            found.refused.append(item)
            continue
        spool.add(item.input, item.target)
        found.inputs.append(sha256(item.input.tobytes()).digest())
        found.targets.append(sha256(item.target.tobytes()).digest())
        tags |= dict.fromkeys(item.sample.tags)
        measured |= dict.fromkeys(item.quality)
        if item.sample.split:
            found.splits[item.id] = item.sample.split
        own = {"id": item.id, "group": item.sample.group, "time": item.sample.time}
        rows.append(own | dict(item.sample.tags) | dict(item.quality))
    found.tags, found.quality = tuple(tags), tuple(measured)
    _no_name_twice(found)
    found.rows = _table(rows, [*OWN_COLUMNS[:3], *tags, *measured])
    return found


class _Examiner:
    """Reads, checks and measures one item; safe to call from several threads."""

    def __init__(
        self, source: Source, shape: Shaper, quality: Sequence[QualityChoice], classes: tuple[str, ...]
    ) -> None:
        self.source, self.shape, self.quality, self.classes = source, shape, quality, classes

    def __call__(self, id: str) -> Examined | Refusal:
        try:
            sample = self.source.read(id)
            input, target = self.shape(sample)
        except Refused as error:
            return Refusal(id, error.reason, error.detail)
        except (StagewrightError, MemoryError):
            raise  # nothing to do with this one item
        except Exception as error:  # a source may raise anything; the item is set aside, with the reason
            return Refusal(id, "unreadable", told(error))
        height, width = np.shape(sample.input)[:2]
        view = ImageView(input, target, self.classes, original_size=(height, width))
        values = {name: value for metric in self.quality for name, value in self._measured(metric, view, id)}
        return Examined(id, input, target, sample, values)

    def _measured(self, metric: QualityChoice, view: ImageView, id: str) -> list[tuple[str, float]]:
        try:
            value = metric(view)
        except StagewrightError:
            raise  # says what it has to say; or the budget ran out meanwhile
        except Exception as error:
            raise StagewrightError(
                f"data.quality: {metric.type!r} fails on {id!r}: {type(error).__name__}: {error}"
            ) from error
        if isinstance(value, Mapping):
            return [(f"{metric.type}.{name}", float(part)) for name, part in value.items()]
        return [(metric.type, float(value))]


class _Progress:
    """Says how far the pass is, at most twice a second, and at its end."""

    def __init__(self, emit: Emit, total: int) -> None:
        self.emit, self.total, self.done, self.said = emit, total, 0, 0.0

    def step(self) -> None:
        self.done += 1
        now = time.monotonic()
        if now - self.said >= EVERY or self.done == self.total:
            self.said = now
            self.emit("progress", what="samples read", done=self.done, total=self.total)


def _in_order(
    function: Callable[[str], Examined | Refusal], items: Iterable[str], workers: int
) -> Iterator[Examined | Refusal]:
    """`map` over threads that keeps the order and never runs far ahead of the reader."""
    if workers == 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(workers)
    waiting: deque[Any] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= 4 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _no_name_twice(found: Reading) -> None:
    names = [*OWN_COLUMNS, *found.tags, *found.quality]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StagewrightError(f"data: two columns would be named {twice[0]!r}; rename the tag or the metric")


def _table(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Rows as columns of one type each: a tag that mixes text and numbers becomes text."""
    return pd.DataFrame({name: _column([row.get(name) for row in rows]) for name in columns})


def _column(values: list[Any]) -> pd.Series:
    texts = any(isinstance(value, str) for value in values)
    mixed = texts and any(not isinstance(value, str) and value is not None for value in values)
    return pd.Series([str(value) for value in values] if mixed else values)
