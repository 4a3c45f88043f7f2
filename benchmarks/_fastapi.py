"""The same model behind what a careful person writes by hand: bytes in, bytes out, FastAPI's thread pool."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import uvicorn
from _session import SIDE, session
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool


def serve(model: Path, port: int) -> None:
    """Until killed; the same event loop and HTTP parser as the gateway."""
    app, run = FastAPI(), session(model).run

    @app.post("/predict")
    async def predict(request: Request) -> Response:
        image = np.frombuffer(await request.body(), np.uint8).reshape(1, 1, SIDE, SIDE)
        mask, _ = await run_in_threadpool(run, ["mask", "confidence"], {"image": image})
        return Response(mask.tobytes(), media_type="application/octet-stream")

    uvicorn.run(
        app, host="127.0.0.1", port=port, loop="uvloop", http="httptools", log_level="error", access_log=False
    )
