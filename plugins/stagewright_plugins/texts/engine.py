"""A package that translates, as an engine: texts in, translations out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError

from .memory import Memory
from .onnx_stepper import OnnxSessions, OnnxStepper
from .subwords import Subwords
from .translator import Settings, Translation, Translator

FILE = "translator.json"


class Engine:
    """Sessions, memory and sub-words are shared by threads; each call searches on its own."""

    def __init__(self, package: Path, signature: Mapping[str, Any], threads: int = 1) -> None:
        self._sessions = OnnxSessions(package, threads)
        self._subwords, self._memory, self._settings = (
            Subwords.read(package),
            Memory.read(package),
            read(package),
        )
        self._outputs = [tensor["name"] for tensor in signature["outputs"]]

    def __call__(
        self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Translate one batch, `text` (N, 1)."""
        stepper = OnnxStepper(self._sessions)
        translate = Translator(stepper, self._subwords, self._memory, self._settings)
        return answered(
            translate([str(text) for text in inputs["text"].reshape(-1)]), outputs or self._outputs
        )


def answered(found: Sequence[Translation], outputs: Sequence[str]) -> dict[str, np.ndarray]:
    """Translations by the names of a signature."""
    texts = np.empty(len(found), dtype=object)
    texts[:] = [one.text for one in found]
    made = {
        "translation": texts,
        "confidence": np.array([one.confidence for one in found], dtype=np.float32),
        "match": np.array([one.match for one in found], dtype=np.float32),
    }
    return {name: made[name] for name in outputs}


def write(package: Path, settings: Settings) -> None:
    """Leave `translator.json`."""
    (package / FILE).write_text(json.dumps(asdict(settings), indent=1) + "\n", encoding="utf-8")


def read(package: Path) -> Settings:
    """From `translator.json`; raises StagewrightError where it is missing or says something else."""
    try:
        return Settings(**json.loads((package / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StagewrightError(f"{package} has no {FILE} that can be read: {error}") from error
