"""How often is a good canary rolled back, and how soon a bad one? Ours beside Argo-style windows and mSPRT.

    python benchmarks/rollout.py [CANARIES]

Simulates CANARIES (default 2,000) rollouts, each phased 5 → 25 → 50 % over 20,000 requests and looked at after every
request, without a difference between the arms (A/A) and with doubled errors. Every rule judges the same
streams. The streams are judged by vectorised forms of the rules; first a sample of them goes through the real
controller, request by request, and the benchmark stops unless every verdict falls at the same request.
Aims: at most 5 % of A/A canaries rolled back by `event`, at least 95 % of those with doubled errors.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stagewright.plugin.registry import Registry
from stagewright.rollout.controller import Controller
from stagewright.rollout.policy import Policy
from stagewright.rollout.watch import tests
from stagewright_plugins.rollout.test._mixture import geometric
from stagewright_plugins.rollout.test._msprt import SMALLEST_STRATUM

PHASES = ((5, 5_000), (25, 5_000), (50, 10_000))  # weight in percent, requests at it
REQUESTS = sum(requests for _, requests in PHASES)
WEIGHTS = np.repeat([weight / 100 for weight, _ in PHASES], [requests for _, requests in PHASES])
ALPHA, TOP, GRID = 0.05, 8.0, 16
TAU, MINIMUM, EVENTS = 0.01, 100, 10
WINDOW = 500
PROVEN = 24  # streams of each kind that go through the controller
NEVER = REQUESTS + 1


@dataclass(frozen=True)
class Stream:
    """One rollout's requests: on the canary or not, failed or not, (REQUESTS,) each."""

    canary: np.ndarray
    failed: np.ndarray


def drawn(base: float, ratio: float, seed: int) -> Stream:
    random = np.random.default_rng([seed, int(base * 1e6), int(ratio * 1000)])
    canary = random.random(REQUESTS) < WEIGHTS
    return Stream(canary, random.random(REQUESTS) < np.where(canary, ratio * base, base))


# ---- the rules, vectorised: the number of the request at which each rolls back ---------------------------


def by_event(stream: Stream) -> int:
    at = np.flatnonzero(stream.failed)
    theta, w = np.array(geometric(1.1, TOP, GRID)), WEIGHTS[at][:, None]
    stable = -np.log1p((theta - 1) * w)  # log ratio of an event on the stable arm
    steps = np.where(stream.canary[at][:, None], np.log(theta) + stable, stable)
    logs = np.cumsum(steps, axis=0)
    top = logs.max(axis=1)
    evidence = top + np.log(np.exp(logs - top[:, None]).mean(axis=1))
    return _first(evidence >= np.log(1 / ALPHA), at)


def by_msprt(stream: Stream) -> int:
    weighted, precision = np.zeros(REQUESTS), np.zeros(REQUESTS)
    counts = [np.zeros(REQUESTS), np.zeros(REQUESTS)]
    begin = 0
    for _, requests in PHASES:
        inside = np.zeros(REQUESTS, dtype=bool)
        inside[begin : begin + requests] = True
        begin += requests
        arms = []
        for arm in (0, 1):
            own = inside & (stream.canary == arm)
            n, total = np.cumsum(own), np.cumsum(own & stream.failed)
            counts[arm] += n
            with np.errstate(divide="ignore", invalid="ignore"):
                mean = total / n
                arms.append((n, mean, n * mean * (1 - mean) / (n - 1) / n))
        enough = np.minimum(arms[0][0], arms[1][0]) >= SMALLEST_STRATUM
        with np.errstate(divide="ignore", invalid="ignore"):
            # Of an arm whose values never differ one counts as if it lay off by its whole size.
            size = np.maximum(arms[0][1], arms[1][1])
            variance = sum(np.where(own > 0, own, (size / n) ** 2) for n, _, own in arms)
            used = enough & (variance > 0)
            weighted += np.where(used, (arms[1][1] - arms[0][1]) / variance, 0)
            precision += np.where(used, 1 / variance, 0)
    looks = (np.minimum(*counts) >= MINIMUM) & (np.cumsum(stream.failed) >= EVENTS) & (precision > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance, distance = 1 / precision, weighted / precision
        ratio = (variance + TAU**2) / TAU**2
        odds = 2 * np.log(1 / (2 * ALPHA)) + np.log((variance + TAU**2) / variance)
        beyond = looks & (distance > np.sqrt(variance * ratio * odds))
    return _first(beyond, np.arange(REQUESTS))


def by_windows(stream: Stream, limit: int) -> int:
    canary, failed = stream.canary.reshape(-1, WINDOW), stream.failed.reshape(-1, WINDOW)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = (canary & failed).sum(1) / canary.sum(1)
        stable = (~canary & failed).sum(1) / (~canary).sum(1)
        failures = np.cumsum(result > 2 * stable)
    return _first(failures > limit, np.arange(WINDOW - 1, REQUESTS, WINDOW))


def _first(true: np.ndarray, at: np.ndarray) -> int:
    found = np.flatnonzero(true)
    return int(at[found[0]]) + 1 if len(found) else NEVER


RULES: dict[str, tuple[dict[str, object] | str, Callable[[Stream], int]]] = {
    "event (ours)": ("event", by_event),
    "mSPRT": ({"type": "msprt", "tau": TAU, "minimum": MINIMUM, "events": EVENTS}, by_msprt),
    "windows of 500, failureLimit 0": (
        {"type": "threshold", "failureCondition": "result > 2 * stable", "requests": WINDOW},
        lambda stream: by_windows(stream, 0),
    ),
    "windows of 500, failureLimit 3": (
        {
            "type": "threshold",
            "failureCondition": "result > 2 * stable",
            "requests": WINDOW,
            "failureLimit": 3,
        },
        lambda stream: by_windows(stream, 3),
    ),
}


# ---- the real controller ----------------------------------------------------------------------------


def by_controller(stream: Stream, test: dict[str, object] | str) -> tuple[int, float]:
    """The request at which the controller rolls back, and microseconds per event."""
    steps = [step for w, n in PHASES for step in ({"setWeight": w}, {"pause": {"minRequests": n}})]
    guard = {"name": "errors", "metric": "request.error", "test": test}
    policy = Policy.of({"steps": steps, "analysis": {"alpha": ALPHA, "guards": [guard]}})
    controller = Controller(policy, "benchmark", tests(Registry().component))
    controller.start(0.0)
    began = time.perf_counter()
    for i in range(REQUESTS):
        event = {"kind": "request", "id": f"r{i}", "arm": "canary" if stream.canary[i] else "stable"}
        event |= {"weight": controller.weight, "status": 500 if stream.failed[i] else 200}
        controller.observe(event, float(i))
        if controller.finished:
            break
    took = (time.perf_counter() - began) / (i + 1) * 1e6
    return i + 1 if controller.verdict == "rolled_back" else NEVER, took


def prove(base: float) -> None:
    """Stop unless the vectorised rules and the controller agree to the request."""
    for name, (test, rule) in RULES.items():
        times = []
        for seed in range(PROVEN):
            stream = drawn(base, 1.0 + (seed % 2), seed)
            found, took = by_controller(stream, test)
            times.append(took)
            if found != rule(stream):
                raise SystemExit(f"{name}, stream {seed}: controller {found}, vectorised {rule(stream)}")
        print(f"  {name:<32} {PROVEN} of {PROVEN} agree   {np.median(times):5.1f} µs per event")


def told(canaries: int, base: float, ratio: float) -> dict[str, np.ndarray]:
    ends: dict[str, list[int]] = {name: [] for name in RULES}
    for seed in range(canaries):
        stream = drawn(base, ratio, 1_000_000 + seed)
        for name, (_, rule) in RULES.items():
            ends[name].append(rule(stream))
    found = {name: np.array(values) for name, values in ends.items()}
    for name, values in found.items():
        back = values < NEVER
        median = f"median {np.median(values[back]):7,.0f} requests" if back.any() else ""
        error = 1.96 * np.sqrt(back.mean() * (1 - back.mean()) / canaries)
        print(f"  {name:<32} {100 * back.mean():5.1f} % ± {100 * error:.1f} rolled back   {median}")
    return found


def main() -> None:
    canaries = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print("controller against vectorised rules, 2 % errors, A/A and doubled in turn:")
    prove(0.02)
    ours = next(iter(RULES))
    for base in (0.02, 0.002):
        print(f"A/A, {100 * base:g} % errors, {canaries:,} canaries:")
        if (told(canaries, base, 1.0)[ours] < NEVER).mean() > ALPHA:
            raise SystemExit(f"more than {100 * ALPHA:g} % of good canaries are rolled back")
    print(f"doubled errors, 2 → 4 %, {canaries:,} canaries:")
    if (told(canaries, 0.02, 2.0)[ours] < NEVER).mean() < 0.95:
        raise SystemExit("less than 95 % of bad canaries are rolled back")


if __name__ == "__main__":
    main()
