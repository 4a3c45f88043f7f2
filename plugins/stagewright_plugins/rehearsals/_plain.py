"""Results as plain values that can be compared with `==`: arrays by shape, type and content."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any


def plain(value: Any) -> Any:
    """A value as nested plain Python; tensors and arrays as (shape, dtype, hash), folders as the hash of each file."""
    import numpy as np

    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        content = repr(array.tolist()).encode() if array.dtype == object else array.tobytes()
        return array.shape, str(array.dtype), sha256(content).hexdigest()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return {
            str(file.relative_to(value)): _hash(file) for file in sorted(value.rglob("*")) if file.is_file()
        }
    return value


def _hash(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
