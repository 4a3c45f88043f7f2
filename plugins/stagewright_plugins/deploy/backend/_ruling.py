"""A rule as an engine: raw pictures in, masks out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stagewright_plugins.packaging.pictures import resized
from stagewright_plugins.scoring import rules


class Ruling:
    """A rule rebuilt; holds no state, so threads may share it."""

    def __init__(self, package: Path, signature: Mapping[str, Any]) -> None:
        self._label = rules.rebuilt(rules.read(package))
        self._size = tuple(signature["task"]["size"])
        self._classes = len(signature["classes"])
        self._outputs = [tensor["name"] for tensor in signature["outputs"]]

    def __call__(
        self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Label one batch; only the outputs named are made."""
        images = np.stack([resized(image, self._size) for image in inputs["image"]])
        labels = self._label(images.astype(np.float32) / 255)
        return {name: self._made(name, labels) for name in outputs or self._outputs}

    def _made(self, name: str, labels: np.ndarray) -> np.ndarray:
        if name == "mask":
            return labels.astype(np.uint8)
        if name == "confidence":
            return np.ones(len(labels), dtype=np.float32)
        return np.eye(self._classes, dtype=np.float32)[labels].transpose(0, 3, 1, 2)
