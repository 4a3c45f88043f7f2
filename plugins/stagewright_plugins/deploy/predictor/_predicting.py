"""Samples → batches → answers → shards."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image, UnidentifiedImageError

from stagewright.errors import StagewrightError
from stagewright.stages.deploy import BackendInputs, Engine, PredictorInputs
from stagewright_plugins.imaging.planes import Refused
from stagewright_plugins.packaging import manifest
from stagewright_plugins.packaging.columns import of_outputs, translates
from stagewright_plugins.packaging.tensors import too_long
from stagewright_plugins.packaging.zeros import zeros

from ._samples import Sample
from ._shards import Format, Shards
from ._sources import opened

MASKS = "masks"
LABEL = "label"  # of rows: the index of the class said
Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Settings:
    """The predictor's settings, by the names that `batch` documents."""

    batch_size: int
    shard: int
    threads: int
    masks: bool
    format: Format
    id: str | None


def predicted(inputs: PredictorInputs, settings: Settings) -> int:
    """Predict all samples that are not predicted yet; gives how many there are."""
    signature = manifest.verify(inputs.package)
    samples = opened(inputs.source, signature, settings.id)
    about = {
        "model": signature["name"],
        "package_version": signature["version"],
        "source": samples.identity,
        "id_column": samples.named_by,
        "samples": samples.count,
        "shard": settings.shard,
        "format": settings.format,
    }
    backend = inputs.resolve("deploy.backend", {"type": signature["platform"]})
    engine = backend(BackendInputs(inputs.package, signature, settings.threads or os.cpu_count() or 1))
    run = _Run(engine, signature, settings, inputs.out)
    shards = Shards(inputs.out, about, run.schema(), settings.format)
    first = shards.finished
    if first:
        inputs.say(f"{min(first * settings.shard, samples.count)} of {samples.count} were finished before")
    waiting, wrong = samples.after(first * settings.shard), 0
    for number in range(first, -(-samples.count // settings.shard)):
        rows = run.rows(islice(waiting, settings.shard))
        shards.write(number, rows)
        wrong += sum(bool(row["error"]) for row in rows)
        done = min((number + 1) * settings.shard, samples.count)
        inputs.say(f"{done} of {samples.count}")
    if wrong:
        inputs.say(f"{wrong} could not be predicted: the column `error` says why")
    return samples.count


@dataclass(frozen=True)
class _Run:
    engine: Engine
    signature: Mapping[str, Any]
    settings: Settings
    out: Path

    def schema(self) -> pa.Schema:
        """The columns of every shard, also of one in which nothing could be read."""
        raw = zeros(self.signature)
        columns = self._columns(raw, self.engine(raw, self._wanted))
        fields = [(name, _arrow_type(values)) for name, values in columns.items()]
        masks = [("mask_file", pa.string())] if self.settings.masks and "mask" in self._wanted else []
        return pa.schema([("id", pa.string()), ("error", pa.string()), *fields, *masks])

    def _columns(self, raw: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]) -> Columns:
        """What is said of each sample: what monitoring compares, but a class by name, and texts as they are."""
        if not translates(self.signature):
            return {
                name: _named(self.signature, values) if name == LABEL and values.ndim == 1 else values
                for name, values in of_outputs(self.signature, outputs).items()
            }
        return {name: values.reshape(-1) for name, values in raw.items()} | dict(outputs)

    @property
    def _wanted(self) -> list[str]:
        """All outputs but maps of probabilities, which would be the largest part of what is written."""
        return [tensor["name"] for tensor in self.signature["outputs"] if len(tensor["shape"]) < 4]

    def rows(self, samples: Iterable[Sample]) -> list[dict[str, Any]]:
        """One row per sample, in order: `id`, `error`, what the package says, and where its mask lies."""
        found: list[dict[str, Any]] = []
        for group in _groups(samples, self.settings.batch_size, self.signature):
            found += self._answered(group)
        return found

    def _answered(self, group: Sequence[_Read]) -> list[dict[str, Any]]:
        if group[0].error:
            return [{"id": item.id, "error": item.error} for item in group]
        raw = {name: np.stack([item.inputs[name] for item in group]) for name in group[0].inputs}
        try:
            outputs = self.engine(raw, self._wanted)
        except StagewrightError:
            raise
        except Exception as error:  # whatever the backend's library raises for inputs it cannot take
            said = " ".join(str(error).split())
            return [{"id": item.id, "error": f"cannot be predicted: {said}"} for item in group]
        columns = self._columns(raw, outputs)
        rows = [
            {"id": item.id, "error": ""} | {name: _plain(values[i]) for name, values in columns.items()}
            for i, item in enumerate(group)
        ]
        if self.settings.masks and "mask" in outputs:
            for row, mask in zip(rows, outputs["mask"], strict=True):
                row["mask_file"] = self._mask(row["id"], mask)
        return rows

    def _mask(self, id: str, mask: np.ndarray) -> str:
        """Below `masks/`, under the sample's own name and whole suffix, so that `a.jpg` and `a.png` stay two."""
        name = f"{MASKS}/{_inside(id)}.png"
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mask).save(path)
        return name


@dataclass(frozen=True)
class _Read:
    """A sample, read; `error` says why it could not be."""

    id: str
    inputs: dict[str, np.ndarray]
    error: str = ""


def _groups(samples: Iterable[Sample], most: int, signature: Mapping[str, Any]) -> Iterator[list[_Read]]:
    """Neighbours that fit into one batch: all readable and of one shape, or all unreadable."""
    group: list[_Read] = []
    for sample in samples:
        item = _read(sample, signature)
        if group and (len(group) == most or _shape(item) != _shape(group[0])):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _read(sample: Sample, signature: Mapping[str, Any]) -> _Read:
    try:
        found = sample.read()
        texts = [str(text) for array in found.values() if array.dtype == object for text in array.reshape(-1)]
        return _Read(sample.id, found, too_long(signature, texts))
    except UnidentifiedImageError:
        return _Read(sample.id, {}, "no picture of a known format")
    except (OSError, ValueError, TypeError, Refused) as error:
        return _Read(sample.id, {}, " ".join(str(error).split()) or type(error).__name__)


def _named(signature: Mapping[str, Any], labels: np.ndarray) -> np.ndarray:
    """Classes by name, (N,)."""
    return np.array(signature["classes"], dtype=object)[labels.astype(np.int64)]


def _arrow_type(values: np.ndarray) -> pa.DataType:
    return pa.string() if values.dtype == object else pa.from_numpy_dtype(values.dtype)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _shape(item: _Read) -> tuple[Any, ...]:
    return (item.error != "", *(array.shape for array in item.inputs.values()))


def _inside(id: str) -> str:
    """An id as a path that cannot leave its folder."""
    parts = [part for part in id.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts) or "sample"
