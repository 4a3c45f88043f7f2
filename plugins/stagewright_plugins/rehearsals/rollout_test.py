"""rollout.test: pure state that hears observations of two arms and gives a verdict at any time."""

from __future__ import annotations

import json
import random
from typing import Any, get_args

from stagewright.contract import Component
from stagewright.stages.rollout import Outcome, TestInputs
from stagewright.testing import Bench

OBSERVATIONS = 400


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Two arms alike: looked at after each observation, evidence is JSON, and a verdict is one of three words."""
    test = plugin(TestInputs(0.05, "lower", 0.25))
    assert test.once in ("event", "value", "never"), f"once is {test.once!r}"
    draws, seen = random.Random(bench.seed), []
    assert test.outcome() != "failed", "it fails before it has seen anything"
    for i in range(OBSERVATIONS):
        test.observe(draws.random() < 0.5, 0.5, float(draws.random() < 0.1), now=float(i))
        seen.append(test.outcome())
    assert set(seen) <= set(get_args(Outcome)), f"outcomes are {', '.join(get_args(Outcome))}"
    return seen, json.dumps(test.evidence(), allow_nan=False)
