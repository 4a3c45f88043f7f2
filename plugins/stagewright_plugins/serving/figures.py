"""What the gateway counts and measures, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128)


class Figures:
    """All metrics of one gateway, in a registry of their own.

    Args:
        state: called at each scrape; what is standing now: `arms` (name → version), `model`, `queue`,
            `in_flight`, `weight`, `phase`, `draining`.
    """

    def __init__(self, state: Callable[[], Mapping[str, Any]]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = self._counter("requests", "Requests answered.", ["arm", "status"])
        self.seconds = self._histogram("request_seconds", "From arrival to answer.", SECONDS, ["arm"])
        self.queue_seconds = self._histogram("queue_seconds", "Waiting for an engine.", SECONDS, ["arm"])
        self.predict_seconds = self._histogram("predict_seconds", "Inside the engine.", SECONDS, ["arm"])
        self.batch_rows = self._histogram("batch_rows", "Rows predicted together.", ROWS, [])
        self.shadow = self._counter("shadow", "Copies of requests, by what became of them.", ["result"])
        self.events = self._counter("late_events", "Labels and feedback taken.", ["kind"])
        self.swaps = self._counter("swaps", "Versions loaded into an arm.", ["arm"])
        self.registry.register(_Standing(state))
        # `labels()` looks its child up under a lock; the children of a handful of label values are kept.
        self._answered = lru_cache(256)(self.requests.labels)
        self._timed = lru_cache(16)(self._children)

    def answered(self, arm: str, status: int) -> None:
        """One request more."""
        self._answered(arm, str(status)).inc()

    def timed(self, arm: str, queue: float, predict: float, total: float) -> None:
        """Times of one prediction, in seconds."""
        queued, predicted, whole = self._timed(arm)
        queued.observe(queue)
        predicted.observe(predict)
        whole.observe(total)

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)

    def _children(self, arm: str) -> tuple[Histogram, Histogram, Histogram]:
        return self.queue_seconds.labels(arm), self.predict_seconds.labels(arm), self.seconds.labels(arm)

    def _counter(self, name: str, text: str, labels: list[str]) -> Counter:
        return Counter(f"stagewright_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], labels: list[str]) -> Histogram:
        return Histogram(f"stagewright_{name}", text, labels, buckets=buckets, registry=self.registry)


class _Standing:
    """Gauges read when somebody asks."""

    def __init__(self, state: Callable[[], Mapping[str, Any]]) -> None:
        self._state = state

    def collect(self) -> Iterable[Any]:
        state = self._state()
        yield _gauge("in_flight", "Requests being served.", state["in_flight"])
        yield _gauge("queue_length", "Requests waiting for an engine.", state["queue"])
        yield _gauge("ready", "1 while requests are welcome.", int(state["ready"]))
        yield _gauge("rollout_weight", "The canary's share of requests, 0 to 1.", state["weight"])
        yield _gauge("events_pending", "Events that wait for the disk.", state["pending"])
        info = InfoMetricFamily("stagewright_model", "The versions that serve.", labels=["arm"])
        for arm, version in state["arms"].items():
            info.add_metric([arm], {"model": state["model"], "version": version})
        yield info
        phase = GaugeMetricFamily(
            "stagewright_rollout_phase", "1 for the phase that the rollout is in.", labels=["phase"]
        )
        if state["phase"]:
            phase.add_metric([state["phase"]], 1)
        yield phase


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"stagewright_{name}", text, value=value)
