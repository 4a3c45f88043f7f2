"""A rule as an engine: columns of rows in, shares of classes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stagewright_plugins.scoring import rules, table_rules


class Rating:
    """A rule of a table rebuilt; holds no state, so threads may share it."""

    def __init__(self, package: Path, signature: Mapping[str, Any]) -> None:
        self._rate = table_rules.rebuilt(rules.read(package))
        self._outputs = [tensor["name"] for tensor in signature["outputs"]]

    def __call__(
        self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Rate one batch; only the outputs named are made."""
        probability = self._rate({name: values.reshape(-1) for name, values in inputs.items()})
        made = {
            "probability": probability,
            "label": probability.argmax(1).astype(np.int64),
            "confidence": probability.max(1),
        }
        return {name: made[name] for name in outputs or self._outputs}
