"""POST `…/infer` and `/invocations`: parse, route, predict, answer, and tell log, rollout and shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from stagewright.live.event_log import EventLog
from stagewright_plugins.packaging.tensors import BadRequest, checked

from . import infer_answer, infer_request, scoring_request
from .answer import Answer
from .arms import SHADOW, STABLE
from .batching import Batcher, Outputs, Work, clock
from .datatypes import Array
from .figures import Figures
from .recording import event
from .refusal import RefusalError
from .request import Request
from .shadow import Compared, Mirror
from .traffic import Route, Traffic


@dataclass(frozen=True)
class Predicting:
    """The handlers that answer with predictions.

    Attributes:
        unit_header: request header that names the unit whose requests stay on one arm.
        max_body: bytes of a request's body.
    """

    traffic: Traffic
    batcher: Batcher
    mirror: Mirror
    log: EventLog
    figures: Figures
    unit_header: str
    max_body: int

    async def infer(self, request: Request, name: str, version: str = "") -> Answer:
        """POST `/v2/models/{name}[/versions/{version}]/infer`."""
        self.traffic.arms.known(name)
        body = await request.body(self.max_body)
        asked = infer_request.parse(body, request.headers.get(b"inference-header-content-length"))
        request.named(asked.id)
        route, inputs = self._routed(request, asked.inputs, version)
        wanted = route.model.wanted(asked.outputs)
        outputs, work = await self._predicted(request, route, inputs, wanted)
        model = route.model
        answer = infer_answer.answer(asked, name, model.version, outputs, model.datatypes)
        answer.after = partial(self._answered, request, route, work, inputs, outputs, clock())
        return answer

    async def invocations(self, request: Request) -> Answer:
        """POST `/invocations`, MLflow's scoring protocol."""
        body = await request.body(self.max_body)
        signature = self.traffic.arms.serving().signature
        asked = scoring_request.parse(body, request.header("content-type"), signature)
        route, inputs = self._routed(request, asked.inputs, "")
        wanted = route.model.wanted(asked.outputs)
        outputs, work = await self._predicted(request, route, inputs, wanted)
        answer = scoring_request.answer(asked, outputs)
        answer.after = partial(self._answered, request, route, work, inputs, outputs, clock())
        return answer

    def _routed(
        self, request: Request, inputs: dict[str, Array], version: str
    ) -> tuple[Route, dict[str, Array]]:
        unit = self._unit(request, inputs)
        route = self.traffic.route_to(version, unit) if version else self.traffic.route(unit)
        try:
            return route, checked(route.model.signature, inputs)
        except BadRequest as error:
            raise RefusalError(400, str(error)) from None

    def _unit(self, request: Request, inputs: Mapping[str, Array]) -> str:
        """Who asks: the header or the input that the policy names, else the gateway's header, else the request."""
        key = self.traffic.affinity
        if key in inputs and inputs[key].size:
            return str(inputs[key].reshape(-1)[0])
        return (key and request.header(key)) or request.header(self.unit_header) or request.id

    async def _predicted(
        self, request: Request, route: Route, inputs: dict[str, Array], wanted: tuple[str, ...]
    ) -> tuple[Outputs, Work]:
        try:
            return await self.batcher.run(route.model, inputs, wanted)
        except RefusalError as error:
            self._failed(request, route, inputs, error.status, error.text)
            raise
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            self._failed(request, route, inputs, 500, text)
            raise RefusalError(500, f"the model could not predict ({text})") from error

    def _failed(
        self, request: Request, route: Route, inputs: dict[str, Array], status: int, text: str
    ) -> None:
        total = clock() - request.arrived
        self.figures.answered(route.arm, status)
        request.counted = True
        self._told(event(self.log, request.id, self._name, route, status, total, None, inputs, {}, text))

    def _answered(
        self,
        request: Request,
        route: Route,
        work: Work,
        inputs: dict[str, Array],
        outputs: Outputs,
        ended: float,
    ) -> None:
        """Once the answer has gone."""
        total = ended - request.arrived
        self.figures.answered(route.arm, 200)
        self.figures.timed(route.arm, work.began - work.arrived, work.ended - work.began, total)
        self._told(event(self.log, request.id, self._name, route, 200, total, work, inputs, outputs))
        canary = self.traffic.arms.canary
        if route.mirrored and route.arm == STABLE and canary is not None:
            shadow = Route(SHADOW, canary, route.unit, route.rollout, route.weight, route.mirror)
            done = partial(self._compared, request.id, shadow)
            if not self.mirror.copy(canary, inputs, outputs, done):
                self.figures.shadow.labels("dropped").inc()

    def _compared(self, request_id: str, shadow: Route, compared: Compared) -> None:
        """The canary's answer to a copy, on the event loop."""
        result = "failed" if compared.error else "agreed" if compared.agreement == 1 else "differed"
        self.figures.shadow.labels(result).inc()
        status = 500 if compared.error else 200
        told = event(
            self.log, request_id, self._name, shadow, status, compared.seconds, None, {}, compared.outputs,
            compared.error,
        )  # fmt: skip
        self._told(told | {"agreement": compared.agreement})

    def _told(self, told: Mapping[str, object]) -> None:
        self.log.write(told)
        if told["rollout"]:
            self.traffic.observe(told)

    @property
    def _name(self) -> str:
        return self.traffic.arms.name
