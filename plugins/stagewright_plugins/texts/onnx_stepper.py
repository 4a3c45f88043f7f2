"""A network in ONNX, one sub-word at a time: `encoder.onnx` once per text, `model.onnx` once per sub-word."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stagewright_plugins.exporting.session import session

from .feeding import Numbers
from .search import Floats

ENCODER, DECODER = "encoder.onnx", "model.onnx"


class OnnxSessions:
    """Both graphs, loaded; they may be run from several threads at the same time."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.encoder, self.decoder = session(folder / ENCODER, threads), session(folder / DECODER, threads)
        shape = {item.name: item.shape for item in self.decoder.get_inputs()}["past_keys"]
        self.layers, self.heads, self.size = (int(shape[i]) for i in (0, 2, 4))


class OnnxStepper:
    """See `search.Stepper`; sessions may be shared, a stepper not."""

    def __init__(self, folder: Path | OnnxSessions, threads: int | None = None) -> None:
        self._sessions = folder if isinstance(folder, OnnxSessions) else OnnxSessions(folder, threads)

    def start(self, source: Numbers, times: int) -> None:
        """Read the sources, (N, S), each for so many rows."""
        loaded = self._sessions
        keys, values = loaded.encoder.run(["keys", "values"], {"source": source})
        past = np.zeros((loaded.layers, times * len(source), loaded.heads, 0, loaded.size), dtype=np.float32)
        self._read = {
            "source": source.repeat(times, 0),
            "keys": keys.repeat(times, 1),
            "values": values.repeat(times, 1),
        }
        self._past = {"past_keys": past, "past_values": past}

    def step(self, tokens: Numbers) -> Floats:
        """Say one more, (N,); gives log-probabilities of the next, (N, V)."""
        given = {"token": tokens[:, None], **self._read, **self._past}
        logs, keys, values = self._sessions.decoder.run(["logs", "new_keys", "new_values"], given)
        self._past = {"past_keys": keys, "past_values": values}
        found: Floats = logs
        return found

    def pick(self, rows: Numbers) -> None:
        """Go on with what these rows have said."""
        if np.array_equal(rows, np.arange(len(rows))):
            return
        self._past = {name: array[:, rows] for name, array in self._past.items()}
