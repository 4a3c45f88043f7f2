"""An ONNX file, loaded for the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stagewright.errors import StagewrightError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def session(path: Path, threads: int | None = None) -> InferenceSession:
    """An onnxruntime session with that many threads; onnxruntime's own number if not said.

    Idle threads sleep instead of spinning: sessions that take turns would else take each other's time.

    Raises:
        StagewrightError: there is no such file, or onnxruntime cannot run it.
    """
    import onnxruntime

    if not path.is_file():
        raise StagewrightError(f"there is no ONNX model at {path}")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3  # errors
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no type
        first = str(error).strip().splitlines()[0]
        raise StagewrightError(f"onnxruntime cannot run {path}: {first}") from error
