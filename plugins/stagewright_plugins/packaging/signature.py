"""What a package takes and gives, in the words of the Open Inference Protocol V2: `signature.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task

SIGNATURE = "signature.json"

Datatype = Literal[
    "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES",
]  # fmt: skip


class Tensor(BaseModel):
    """One input or output; a size of -1 may be anything, and the first dimension is the batch."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: Annotated[str, Field(min_length=1)]
    datatype: Datatype
    shape: Annotated[list[int], Field(min_length=1)]


class Signature(BaseModel):
    """`signature.json`; `version` is empty until the package is stamped.

    `id` is the column that named a row of the table it was made from; empty of pictures and texts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: Annotated[str, Field(min_length=1)]
    version: str = ""
    platform: Annotated[str, Field(min_length=1)]
    inputs: Annotated[list[Tensor], Field(min_length=1)]
    outputs: Annotated[list[Tensor], Field(min_length=1)]
    task: dict[str, Any]
    classes: list[str]
    id: str = ""


def segmentation(name: str, task: Task, platform: str) -> dict[str, Any]:
    """Pictures of any size in, masks of the task's size out.

    `image` UINT8 (N, C, H, W) → `mask` UINT8 (N, H', W'), `probability` FP32 (N, K, H', W'), `confidence` FP32 (N,):
    the mean over pixels of the likeliest class's probability. The task's size is fixed, so outputs name it.
    """
    channels, height, width = task.input.shape
    outputs = [
        {"name": "mask", "datatype": "UINT8", "shape": [-1, height, width]},
        {"name": "probability", "datatype": "FP32", "shape": [-1, len(task.classes), height, width]},
        {"name": "confidence", "datatype": "FP32", "shape": [-1]},
    ]
    image = {"name": "image", "datatype": "UINT8", "shape": [-1, channels, -1, -1]}
    about = {"type": task.type, "channels": channels, "size": [height, width], "decode": task.decode}
    return _signature(name, platform, [image], outputs, about, task.classes)


def tabular(name: str, task: Task, platform: str, columns: Mapping[str, str], id: str = "") -> dict[str, Any]:
    """One input per column, `FP32` or `BYTES` (N, 1) → `label` INT64 (N,), `probability` FP32 (N, K), `confidence`.

    `id` names a row and is no input.
    """
    inputs = [{"name": name, "datatype": kind, "shape": [-1, 1]} for name, kind in columns.items()]
    outputs = [
        {"name": "label", "datatype": "INT64", "shape": [-1]},
        {"name": "probability", "datatype": "FP32", "shape": [-1, len(task.classes)]},
        {"name": "confidence", "datatype": "FP32", "shape": [-1]},
    ]
    about = {"type": task.type, "decode": task.decode}
    return _signature(name, platform, inputs, outputs, about, task.classes, id)


def translation(name: str, task: Task, platform: str) -> dict[str, Any]:
    """`text` BYTES (N, 1) → `translation` BYTES (N,), `confidence` FP32 (N,), `match` FP32 (N,).

    `confidence` is the mean probability of a sub-word, `match` the likeness of the most similar remembered source.
    """
    outputs = [
        {"name": "translation", "datatype": "BYTES", "shape": [-1]},
        {"name": "confidence", "datatype": "FP32", "shape": [-1]},
        {"name": "match", "datatype": "FP32", "shape": [-1]},
    ]
    text = {"name": "text", "datatype": "BYTES", "shape": [-1, 1]}
    about = {"type": task.type, "languages": list(task.languages), "longest": task.input.shape[0]}
    return _signature(name, platform, [text], outputs, about, ())


def read(package: Path) -> dict[str, Any]:
    """The signature of a package, checked; raises StagewrightError where it cannot be one."""
    path = package / SIGNATURE
    try:
        return Signature.model_validate_json(path.read_bytes()).model_dump()
    except FileNotFoundError:
        raise StagewrightError(f"{package} is no package: it has no {SIGNATURE}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise StagewrightError(f"{path} is not a signature: {where}: {first['msg']}") from error


def dumped(signature: Mapping[str, Any]) -> str:
    """A signature as the text of its file: the same text for the same content."""
    return json.dumps(signature, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _signature(
    name: str,
    platform: str,
    inputs: list[Any],
    outputs: list[Any],
    task: dict[str, Any],
    classes: Sequence[str],
    id: str = "",
) -> dict[str, Any]:
    given = {"name": name, "platform": platform, "inputs": inputs, "outputs": outputs, "task": task}
    return Signature.model_validate(given | {"classes": list(classes), "id": id}).model_dump()
