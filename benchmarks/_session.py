"""The onnxruntime session that every server of the gateway's benchmark uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIDE, THREADS = 128, 1


def session(model: Path) -> Any:
    """One thread a prediction, as the gateway's backend sets it up."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
