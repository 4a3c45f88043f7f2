"""A package behind Ray Serve, in the words of the Open Inference Protocol V2."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.plugin.registry import Registry
from stagewright_plugins.packaging.tensors import BadRequest, checked
from stagewright_plugins.serving.answer import Answer, json_answer, refused
from stagewright_plugins.serving.infer_answer import answer
from stagewright_plugins.serving.infer_request import parse
from stagewright_plugins.serving.loaded import Loaded, load
from stagewright_plugins.serving.refusal import RefusalError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


class Package:
    """One replica; `user_config` names the package, and naming another one swaps it without a restart."""

    def __init__(self) -> None:
        self._loaded: Loaded | None = None

    def reconfigure(self, user_config: Mapping[str, Any]) -> None:
        """Verify and load first, then swap: a package that is refused leaves the one in service."""
        found = load(Path(user_config["package"]), Registry().component, int(user_config.get("threads", 1)))
        self._loaded = found

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        from starlette.responses import Response

        try:
            found = await self._answer(request)
        except RefusalError as error:
            found = refused(error)
        except BadRequest as error:
            found = refused(RefusalError(400, str(error)))
        headers = {name.decode(): value.decode() for name, value in found.headers}
        return Response(found.body, found.status, headers, found.content_type.decode())

    async def _answer(self, request: Request) -> Answer:
        loaded, path = self._loaded, request.url.path.rstrip("/")
        if path == "/v2/health/live":
            return json_answer({"live": True})
        if loaded is None:
            raise RefusalError(503, "no package is loaded yet")
        if path == "/v2/health/ready":
            return json_answer({"ready": True})
        name = loaded.signature["name"]
        base = f"/v2/models/{name}"
        if path == base:
            told = {key: loaded.signature[key] for key in ("name", "platform", "inputs", "outputs")}
            return json_answer(told | {"versions": [loaded.version]})
        if path == f"{base}/ready":
            return json_answer({"name": name, "ready": True})
        if path == f"{base}/infer" and request.method == "POST":
            return await self._infer(loaded, request)
        raise RefusalError(404, f"no {request.method} {path} here; the model is {name!r}")

    async def _infer(self, loaded: Loaded, request: Request) -> Answer:
        length = request.headers.get("inference-header-content-length")
        asked = parse(await request.body(), length.encode() if length else None)
        wanted = loaded.wanted(asked.outputs)
        inputs = checked(loaded.signature, asked.inputs)
        # The engine lets go of Python's lock: requests are predicted side by side.
        outputs = await asyncio.to_thread(loaded.engine, inputs, wanted)
        return answer(asked, loaded.signature["name"], loaded.version, outputs, loaded.datatypes)
