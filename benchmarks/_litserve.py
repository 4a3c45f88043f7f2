"""The same model behind LitServe: it hands JSON to its worker processes, so the picture travels as base64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import litserve
import numpy as np
from _session import SIDE, session


class Api(litserve.LitAPI):
    """One session per worker process."""

    def __init__(self, model: Path) -> None:
        super().__init__()
        self.model = model

    def setup(self, device: str) -> None:
        """In the worker."""
        self.run = session(self.model).run

    def decode_request(self, request):  # without a type: LitServe reads it
        """Base64 → (1, 1, H, W)."""
        return np.frombuffer(b64decode(request["image"]), np.uint8).reshape(1, 1, SIDE, SIDE)

    def predict(self, image: Any) -> Any:
        """The mask."""
        return self.run(["mask", "confidence"], {"image": image})[0]

    def encode_response(self, mask: Any) -> Any:
        """As base64."""
        return {"mask": b64encode(mask.tobytes()).decode()}


def serve(model: Path, port: int, workers: int) -> None:
    """Until killed."""
    server = litserve.LitServer(Api(model), accelerator="cpu", workers_per_device=workers)
    server.run(host="127.0.0.1", port=port, generate_client_file=False, log_level="error")
