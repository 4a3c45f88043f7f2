"""The ASGI application: one model, its arms, and every path that the protocols name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from stagewright._version import __version__

from . import figures
from .access import Access
from .answer import TEXT, Answer, json_answer, refused
from .commands import Commands
from .figures import Figures
from .predicting import Predicting
from .refusal import RefusalError
from .request import Receive, Request
from .traffic import Traffic

log = logging.getLogger("stagewright.serve")
Handler = Callable[[Request], Awaitable[Answer]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
EXTENSIONS = ["binary_tensor_data", "model_repository"]


class Gateway:
    """Answers HTTP requests; a server such as uvicorn calls it.

    Attributes:
        draining: set when the process is told to stop: it is not ready any more, but answers everybody.
        in_flight: requests being served.
    """

    def __init__(
        self, predicting: Predicting, commands: Commands, access: Access, measures: Figures, traffic: Traffic
    ) -> None:
        self._predicting, self._commands, self._access = predicting, commands, access
        self._figures, self._traffic = measures, traffic
        self.draining, self.in_flight = False, 0
        self._routes: dict[tuple[str, str], Handler] = {
            ("GET", "/v2"): self._server,
            ("GET", "/v2/health/live"): self._live,
            ("GET", "/v2/health/ready"): self._ready,
            ("GET", "/v2/models"): self._models,
            ("POST", "/v2/repository/index"): self._index,
            ("POST", "/invocations"): predicting.invocations,
            ("GET", "/ping"): self._ping,
            ("GET", "/health"): self._ping,
            ("GET", "/version"): self._version,
            ("GET", "/metrics"): self._metrics,
            ("GET", "/v1/rollout"): self._rollout,
            ("POST", "/v1/labels"): commands.labels,
            ("POST", "/v1/feedback"): commands.feedback,
        }

    @property
    def ready(self) -> bool:
        """Whether new requests are welcome."""
        return not self.draining and self._traffic.arms.stable is not None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One request, from its first byte to what is left to do after its answer."""
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} here")  # the server is told to speak plain HTTP only
        request = Request(scope, receive)
        self.in_flight += 1
        try:
            answer = await self._answer(request)
            await self._send(send, request, answer)
        finally:
            self.in_flight -= 1
        if answer.after:
            answer.after()
        elif not request.counted:
            self._figures.answered("", answer.status)

    async def _answer(self, request: Request) -> Answer:
        try:
            self._access.check(request)
            return await self._handler(request)(request)
        except RefusalError as error:
            return refused(error)
        except Exception:
            log.exception("request %s failed", request.id)
            text = f"something went wrong here; the gateway's log has it under request {request.id}"
            return refused(RefusalError(500, text))

    async def _send(self, send: Send, request: Request, answer: Answer) -> None:
        headers = [
            (b"content-type", answer.content_type),
            (b"content-length", str(len(answer.body)).encode()),
            (b"x-request-id", request.id.encode("ascii")),
            *answer.headers,
        ]
        if self.draining:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _handler(self, request: Request) -> Handler:
        path = request.path.rstrip("/") or "/"
        if known := self._routes.get((request.method, path)):
            return known
        found = self._below(path)
        if found and found[0] == request.method:
            return found[1]
        allowed = {found[0]} if found else {method for method, at in self._routes if at == path}
        if allowed:
            text = f"{path} wants {', '.join(allowed)}, not {request.method}"
            raise RefusalError(405, text, ((b"allow", ", ".join(allowed).encode()),))
        raise RefusalError(404, f"there is nothing at {path}")

    def _below(self, path: str) -> tuple[str, Handler] | None:
        """Method and handler of a path that holds a name."""
        match path.split("/")[1:]:
            case ["v2", "models", name, "infer"]:
                return "POST", partial(self._predicting.infer, name=name)
            case ["v2", "models", name, "versions", version, "infer"]:
                return "POST", partial(self._predicting.infer, name=name, version=version)
            case ["v2", "models", name] | ["v2", "models", name, "versions", _] as parts:
                return "GET", partial(self._model, name=name, version=parts[4] if len(parts) > 3 else "")
            case ["v2", "models", name, "ready"]:
                return "GET", partial(self._model_ready, name=name)
            case ["v2", "models", name, "versions", version, "ready"]:
                return "GET", partial(self._model_ready, name=name, version=version)
            case ["v2", "repository", "models", name, "load"]:
                return "POST", partial(self._commands.load, name=name)
            case ["v2", "repository", "models", name, "unload"]:
                return "POST", partial(self._commands.unload, name=name)
            case ["v1", "rollout", verb]:
                return "POST", partial(self._commands.rollout, verb=verb)
        return None

    async def _server(self, _: Request) -> Answer:
        return json_answer({"name": "stagewright", "version": __version__, "extensions": EXTENSIONS})

    async def _live(self, _: Request) -> Answer:
        return json_answer({"live": True})

    async def _ready(self, _: Request) -> Answer:
        # The protocol's text says `live` here, KServe `ready`: both, so that every client finds its own.
        return json_answer({"live": self.ready, "ready": self.ready}, 200 if self.ready else 503)

    async def _ping(self, _: Request) -> Answer:
        return Answer(200 if self.ready else 503, b"\n", TEXT)

    async def _version(self, _: Request) -> Answer:
        return Answer(200, __version__.encode(), TEXT)

    async def _models(self, _: Request) -> Answer:
        return json_answer({"models": [self._traffic.arms.name]})

    async def _index(self, _: Request) -> Answer:
        arms = self._traffic.arms
        loaded = [
            {"name": arms.name, "version": m.version, "state": "READY", "reason": arm} for arm, m in arms
        ]
        return json_answer(
            loaded or [{"name": arms.name, "version": "", "state": "UNAVAILABLE", "reason": "unloaded"}]
        )

    async def _model(self, _: Request, name: str, version: str) -> Answer:
        arms = self._traffic.arms
        arms.known(name)
        model = arms.version(version)[1] if version else arms.serving()
        signature = model.signature
        return json_answer(
            {
                "name": name,
                "versions": [other.version for _, other in arms],
                "platform": signature["platform"],
                "inputs": signature["inputs"],
                "outputs": signature["outputs"],
            }
        )

    async def _model_ready(self, _: Request, name: str, version: str = "") -> Answer:
        self._traffic.arms.known(name)
        if version:
            self._traffic.arms.version(version)
        return json_answer({"name": name, "ready": self.ready}, 200 if self.ready else 503)

    async def _metrics(self, _: Request) -> Answer:
        text = await asyncio.to_thread(self._figures.exposition)
        return Answer(200, text, figures.CONTENT_TYPE)

    async def _rollout(self, _: Request) -> Answer:
        return json_answer(await asyncio.to_thread(self._traffic.state))
