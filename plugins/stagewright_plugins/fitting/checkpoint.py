"""Lightning checkpoints without pickle: tensors as safetensors, everything else as JSON in the same file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import CheckpointIO
from safetensors import safe_open
from safetensors.torch import save_file

from stagewright.errors import StepError

HEADER = "checkpoint"
CONTAINERS = {"tuple": tuple, "list": list}


class SafetensorsIO(CheckpointIO):
    """Writes a checkpoint in one file, visible only once it is whole."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write beside, then rename: a kill leaves the last whole checkpoint."""
        tensors: dict[str, torch.Tensor] = {}
        header = json.dumps(_encoded(checkpoint, tensors, ""))
        _write(tensors, path, {HEADER: header})

    def load_checkpoint(
        self, path: Any, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read what `save_checkpoint` wrote."""
        with safe_open(str(path), framework="pt", device="cpu") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
            header = json.loads(file.metadata()[HEADER])
        found: dict[str, Any] = _decoded(header, tensors)
        return found

    def remove_checkpoint(self, path: Any) -> None:
        """Remove a checkpoint if it is there."""
        Path(path).unlink(missing_ok=True)


def save_weights(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Weights as a safetensors file, visible only once it is whole."""
    _write({name: _copied(value) for name, value in state.items()}, path)


def _write(tensors: dict[str, torch.Tensor], path: Any, header: dict[str, str] | None = None) -> None:
    beside = f"{path}.part"
    save_file(tensors, beside, header)
    os.replace(beside, path)


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    """On the CPU, dense, in memory of its own: safetensors takes no other."""
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def _encoded(value: Any, tensors: dict[str, torch.Tensor], at: str) -> Any:
    """JSON with marks: `{"tensor": name}`, `{"tuple": [...]}`, `{"dict": [[key, value], ...]}`."""
    if isinstance(value, torch.Tensor):
        name = f"{len(tensors)}:{at}"  # numbered: `a/b` may be one key or two
        tensors[name] = _copied(value)
        return {"tensor": name}
    if isinstance(value, Mapping):
        pairs = [[key, _encoded(item, tensors, f"{at}/{key}")] for key, item in value.items()]
        return {"dict": pairs}
    if isinstance(value, list | tuple):
        parts = [_encoded(item, tensors, f"{at}/{i}") for i, item in enumerate(value)]
        return {type(value).__name__ if type(value).__name__ in CONTAINERS else "tuple": parts}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise StepError(
        f"a checkpoint cannot hold {type(value).__name__} at {at}: keep numbers, text and tensors"
    )


def _decoded(value: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    ((mark, content),) = value.items()
    if mark == "tensor":
        return tensors[content]
    if mark == "dict":
        return {key: _decoded(item, tensors) for key, item in content}
    return CONTAINERS[mark](_decoded(item, tensors) for item in content)
