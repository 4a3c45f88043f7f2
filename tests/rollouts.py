"""Rollouts for tests: a guard's test that counts, policies and event streams, and a way to drive a controller."""

from hypothesis import strategies as st

from stagewright.rollout.policy import Policy
from stagewright.stages.rollout import TestInputs


class Counting:
    """Fails at `limit` canary observations above 0, successful at `enough` observations in all."""

    def __init__(self, limit, enough, once):
        self.limit, self.enough, self.once = limit, enough, once
        self.bad = self.n = 0

    def observe(self, canary, weight, value, now=0.0, covariate=None):
        assert 0 <= weight <= 1
        self.n += 1
        self.bad += bool(canary and value)

    def outcome(self):
        if self.bad >= self.limit:
            return "failed"
        return "successful" if self.n >= self.enough else "inconclusive"

    def evidence(self):
        return {"bad": self.bad, "n": self.n}


def counting(spec, given):
    assert isinstance(given, TestInputs)
    assert 0 < given.alpha < 1
    return Counting(spec.get("limit", 3), spec.get("enough", 20), spec.get("once", "event"))


GUARDS = [
    {"name": "errors", "metric": "request.error", "test": {"type": "x", "limit": 3, "enough": 30}},
    {"name": "slow", "metric": "latency_ms > 20", "test": {"type": "x", "limit": 5, "enough": 30}},
    {"name": "quality", "metric": "label.iou", "test": {"type": "x", "limit": 99, "once": "value"}},
    {"name": "unhappy", "metric": "feedback.negative", "test": {"type": "x", "limit": 2, "enough": 3}},
]

steps = st.lists(
    st.one_of(
        st.sampled_from([0, 1, 5, 25, 50, 100]).map(lambda weight: {"setWeight": weight}),
        st.sampled_from([0, 50, 100]).map(lambda share: {"setMirrorRoute": {"percentage": share}}),
        st.fixed_dictionaries(
            {
                "pause": st.fixed_dictionaries(
                    {"duration": st.integers(0, 9), "minRequests": st.integers(0, 9)}
                )
            }
        ),
        st.sampled_from([{"analysis": {"requests": 8}}, {"analysis": {"guards": ["errors"], "duration": 5}}]),
    ),
    min_size=1,
    max_size=7,
)

policies = st.builds(
    lambda steps, chosen, failing, affinity, inconclusive, success, deadline: Policy.of(
        {
            "steps": steps,
            "analysis": {"guards": [GUARDS[0] | failing, *GUARDS[1:]][:chosen], "startingStep": 0},
            "affinity": {"key": affinity},
            "onInconclusive": inconclusive,
            "onSuccess": success,
            "progressDeadlineSeconds": deadline,
        }
    ),
    steps,
    st.integers(1, 4),
    st.sampled_from([{}, {"onFailure": "freeze"}, {"onFailure": "pause"}, {"onFailure": "notify"}]),
    st.sampled_from(["", "user"]),
    st.sampled_from(["pause", "rollback", "notify"]),
    st.sampled_from(["promote", "pause"]),
    st.sampled_from([5, 1000]),
)

moves = st.lists(
    st.one_of(
        st.tuples(st.just("request"), st.integers(0, 12), st.booleans(), st.floats(0, 40)),
        st.tuples(st.just("label"), st.integers(0, 60), st.floats(0, 1)),
        st.tuples(st.just("feedback"), st.integers(0, 60), st.sampled_from([-1, 1])),
        st.tuples(st.just("tick")),
        st.tuples(st.just("command"), st.sampled_from(["promote", "resume", "pause", "abort", "rollback"])),
    ),
    max_size=120,
)


def drive(live, moves, clock):
    """Apply moves as a gateway would; `clock` gives the time before each. Yields after each."""
    live.start(next(clock))
    count = 0
    for kind, *rest in moves:
        now = next(clock)
        if kind == "request":
            count += 1
            send(live, f"r{count}", f"u{rest[0]}", rest[1], rest[2], now)
        elif kind == "label":
            live.observe({"kind": "label", "id": f"r{rest[0]}", "values": {"iou": rest[1]}}, now)
        elif kind == "feedback":
            live.observe({"kind": "feedback", "id": f"r{rest[0]}", "value": rest[1]}, now)
        elif kind == "tick":
            live.tick(now)
        else:
            live.command(rest[0], now, "ada", "because")
        yield kind


def send(live, name, unit, fails, latency, now):
    """One request, and its copy where the rollout wants one."""
    arm = live.arm(unit)
    event = {"kind": "request", "id": name, "unit": unit, "weight": live.weight, "inputs": {"x": 1}}
    answer = {"status": 500 if fails else 200, "latency_ms": {"total": latency}}
    live.observe(event | answer | {"arm": arm}, now)
    if arm == "stable" and live.mirrors(unit):
        live.observe(event | answer | {"arm": "shadow"}, now)
