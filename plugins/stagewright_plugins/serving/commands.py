"""What people and other programs tell the gateway: load and unload, the rollout's verbs, labels, feedback."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from stagewright import releases
from stagewright.errors import StagewrightError
from stagewright.live.event_log import MASKS, EventLog

from .access import Access
from .answer import Answer, json_answer
from .arms import CANARY, STABLE
from .drawn import Mask, mask_from
from .figures import Figures
from .infer_request import json_object
from .loaded import Loaded, load
from .recording import encoded
from .refusal import RefusalError
from .request import Request
from .traffic import Traffic
from .truths import unknown_class

log = logging.getLogger("stagewright.serve")
VERBS = ("promote", "abort", "rollback", "pause", "resume")
MAX_BODY = 16_000_000


@dataclass
class Commands:
    """The handlers that change something.

    Attributes:
        threads: that one prediction of a package loaded now may use.
    """

    traffic: Traffic
    access: Access
    log: EventLog
    figures: Figures
    home: Path
    resolve: Any
    threads: int

    def __post_init__(self) -> None:
        self._loading = asyncio.Lock()

    async def load(self, request: Request, name: str) -> Answer:
        """POST `/v2/repository/models/{name}/load`: another version into an arm, or one that was unloaded.

        Parameters: `version` (an alias, a version or its beginning; the champion by default), or `package` (a
        folder); `arm` is `stable`, or `canary`, which begins a rollout.
        """
        given = await self._parameters(request, name, ("version", "package", "arm"))
        arm = given.get("arm", STABLE)
        if arm not in (STABLE, CANARY):
            raise RefusalError(400, f"`arm` is `stable` or `canary`, not {arm!r}")
        async with self._loading:
            self._refuse_under_way()
            if arm == CANARY:
                self.traffic.arms.serving()
            path = self._package(given)
            try:
                model = await asyncio.to_thread(load, path, self.resolve, self.threads)
            except StagewrightError as error:
                raise RefusalError(400, str(error)) from error
            self._refuse_under_way()  # it may have begun meanwhile
            self._placed(arm, model)
        return json_answer({"name": name, "version": model.version, "arm": arm, "state": "READY"})

    async def unload(self, request: Request, name: str) -> Answer:
        """POST `/v2/repository/models/{name}/unload`: requests are refused with 503 until it is loaded again."""
        await self._parameters(request, name, ("unload_dependents",))
        self._refuse_under_way()
        self.traffic.arms.unload()
        log.info("unloaded %s", name)
        return json_answer({"name": name, "state": "UNAVAILABLE"})

    def _refuse_under_way(self) -> None:
        if self.traffic.under_way:
            raise RefusalError(
                409, "a rollout is under way; end it first (POST /v1/rollout/abort or promote)"
            )

    def _placed(self, arm: str, model: Loaded) -> None:
        arms = self.traffic.arms
        if arm == CANARY:
            arms.canary = model
            self.traffic.begin()
        else:
            arms.stable = model
        self.figures.swaps.labels(arm).inc()
        log.info("%s is now %s (%s)", arm, model.version[:12], model.path)

    def _package(self, given: Mapping[str, Any]) -> Path:
        if "package" in given:
            return Path(str(given["package"]))
        name, arms = self.traffic.arms.name, self.traffic.arms
        if "version" not in given and releases.current(self.home, name, releases.CHAMPION) is None:
            known = arms.stable.path if arms.stable else arms.last
            if known is None:
                raise RefusalError(400, f"{name!r} has no champion; say which `version` or `package` to load")
            return known
        try:
            return releases.find(self.home, name, str(given.get("version", releases.CHAMPION))).path(
                self.home
            )
        except StagewrightError as error:
            raise RefusalError(404, str(error)) from error

    async def _parameters(self, request: Request, name: str, known: Iterable[str]) -> Mapping[str, Any]:
        self.access.check_command(request)
        self.traffic.arms.known(name)
        body = await request.body(MAX_BODY)
        given = json_object(body).get("parameters") if body.strip() else {}
        if not isinstance(given, dict | None):
            raise RefusalError(400, "`parameters` must be an object")
        if unknown := sorted((given or {}).keys() - set(known)):
            raise RefusalError(400, f"unknown parameter {unknown[0]!r}; known are {', '.join(known)}")
        return given or {}

    async def rollout(self, request: Request, verb: str) -> Answer:
        """POST `/v1/rollout/{verb}` with `{"by", "reason"}`."""
        self.access.check_command(request)
        if verb not in VERBS:
            raise RefusalError(404, f"no command {verb!r}; there are {', '.join(VERBS)}")
        body = await request.body(MAX_BODY)
        said = json_object(body) if body.strip() else {}
        by, reason = said.get("by", "gateway user"), said.get("reason", "")
        if not (isinstance(by, str) and isinstance(reason, str)):
            raise RefusalError(400, "`by` and `reason` must be text")
        decisions = await self.traffic.command(verb, by, reason)
        return json_answer({"decisions": decisions, "state": self.traffic.state()})

    async def labels(self, request: Request) -> Answer:
        """POST `/v1/labels`: `{"request_id", "values": {metric: number}}`, with `target` instead or besides.

        A `target` is one value, or a mask: rows of class indices, one per pixel of the request's one picture.
        """
        told = [_label(item) for item in await self._items(request)]
        for label in told:
            self._refuse_unknown_class(label)
        return self._taken("label", [self._kept(label) for label in told])

    def _refuse_unknown_class(self, label: Mapping[str, Any]) -> None:
        """A class misspelt would say nothing, to nobody, for ever."""
        if label["target"] is None or isinstance(label["target"], Mask):
            return
        packages = (model.signature["classes"] for _, model in self.traffic.arms)
        if wrong := unknown_class(label["target"], packages):
            raise RefusalError(400, f"label of request {label['id']!r}: {wrong}")

    def _kept(self, label: dict[str, Any]) -> dict[str, Any]:
        """The label as an event: of a mask, a reference."""
        if not isinstance(label["target"], Mask):
            return label
        arrays = {"target": label["target"]}
        return {**label, "target": self.log.payload(label["id"], arrays, encoded, MASKS)}

    async def feedback(self, request: Request) -> Answer:
        """POST `/v1/feedback`: `{"request_id", "value": number, "text"?: …}`; negative values are complaints."""
        items = await self._items(request)
        return self._taken("feedback", [_feedback(item) for item in items])

    def _taken(self, kind: str, events: list[dict[str, Any]]) -> Answer:
        for one in events:
            told = {"kind": kind, **one}
            self.log.write(told)
            self.traffic.observe(told)
        self.figures.events.labels(kind).inc(len(events))
        return json_answer({"accepted": len(events)}, 202)

    async def _items(self, request: Request) -> list[dict[str, Any]]:
        """One object or an array of them: all are taken, or none."""
        body = await request.body(MAX_BODY)
        try:
            raw = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise RefusalError(400, f"the body is not JSON: {error}") from None
        items = raw if isinstance(raw, list) else [raw]
        if not items or not all(isinstance(item, dict) for item in items):
            raise RefusalError(400, "the body must be an object, or an array of objects")
        for item in items:
            if not isinstance(item.get("request_id"), str) or not item["request_id"]:
                raise RefusalError(400, "`request_id` is missing: the answer's header X-Request-Id has it")
        return items


def _label(item: Mapping[str, Any]) -> dict[str, Any]:
    values, target = item.get("values", {}), item.get("target")
    if "values" not in item and target is None:
        raise RefusalError(400, "a label needs `values` (numbers by metric) or `target`")
    if not isinstance(values, dict) or not all(_number(value) for value in values.values()):
        raise RefusalError(400, "`values` must be an object of numbers")
    if isinstance(target, list):
        target = mask_from(target)
    elif not isinstance(target, str | int | float | bool | None):
        raise RefusalError(400, "`target` must be a single value, or a mask: rows of class indices")
    return {"id": item["request_id"], "values": values, "target": target}


def _feedback(item: Mapping[str, Any]) -> dict[str, Any]:
    value, text = item.get("value"), item.get("text", "")
    if not _number(value):
        raise RefusalError(400, "feedback needs a `value`: a number, negative for a complaint")
    if not isinstance(text, str):
        raise RefusalError(400, "`text` must be text")
    return {"id": item["request_id"], "value": value, "text": text}


def _number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
