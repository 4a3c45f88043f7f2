"""An onnxruntime session that answers by the names of a signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError
from stagewright_plugins.exporting.session import session


class Session:
    """A loaded graph; `InferenceSession.run` may be called from threads at the same time."""

    def __init__(self, model: Path, signature: Mapping[str, Any], threads: int) -> None:
        self._session = session(model, threads)
        self._inputs = [tensor["name"] for tensor in signature["inputs"]]
        self._outputs = [tensor["name"] for tensor in signature["outputs"]]
        _same(model, "input", self._inputs, [item.name for item in self._session.get_inputs()])
        _same(model, "output", self._outputs, [item.name for item in self._session.get_outputs()])

    def __call__(
        self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Run one batch; only the outputs named are given back."""
        names = list(outputs or self._outputs)
        found = self._session.run(names, {name: inputs[name] for name in self._inputs})
        return dict(zip(names, found, strict=True))


def _same(model: Path, what: str, signed: list[str], there: list[str]) -> None:
    if set(signed) != set(there):
        names = ", ".join(sorted(set(signed) ^ set(there)))
        raise StagewrightError(f"{model} and its signature differ in {what}s: {names}; deploy it again")
