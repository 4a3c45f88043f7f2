"""A rule as an engine: texts in, what was translated before out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stagewright_plugins.scoring import rules, text_rules
from stagewright_plugins.texts.engine import answered


class Recalling:
    """A rule of texts rebuilt; holds no state, so threads may share it."""

    def __init__(self, package: Path, signature: Mapping[str, Any]) -> None:
        self._translate = text_rules.rebuilt(rules.read(package))
        self._outputs = [tensor["name"] for tensor in signature["outputs"]]

    def __call__(
        self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Translate one batch; only the outputs named are made."""
        found = self._translate([str(text) for text in inputs["text"].reshape(-1)])
        return answered(found, outputs or self._outputs)
