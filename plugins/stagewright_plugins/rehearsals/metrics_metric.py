"""metrics.metric: a `torchmetrics.Metric` that counts batch by batch, or a formula."""

from __future__ import annotations

import math
from typing import Any

from stagewright.contract import Component
from stagewright.stages.framing import Task
from stagewright.stages.metrics import Formula
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import SIZE, a_task, pairs


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Two batches at once or one after the other give the same; values lie in the declared range."""
    import torch

    task = a_task(bench, plugin)
    made = plugin(task)
    if plugin.facts.formula:
        assert isinstance(made, Formula), f"a formula gives {type(made).__name__}"
        return made
    found, target = _texts() if task.type == "translation" else _numbers(task, bench.seed)
    whole, parts = plugin(task), made
    whole.update(found, target)
    for part in (slice(0, 15), slice(15, None)):
        parts.update(found[part], target[part])
    values = whole.compute()
    assert torch.allclose(values, parts.compute(), equal_nan=True), "two batches differ from one of both"
    numbers = [float(value) for value in values.reshape(-1)]
    assert len(numbers) == (len(task.classes) if plugin.facts.per_class else 1), (
        f"it gives {len(numbers)} values"
    )
    for number in numbers:
        assert not math.isfinite(number) or _inside(plugin.facts, number), f"{number} is outside of its range"
    return [repr(number) for number in numbers]


def _numbers(task: Task, seed: int) -> tuple[Any, Any]:
    """Probabilities (40, K, ...) and targets (40, ...)."""
    import torch

    generator, classes = torch.Generator().manual_seed(seed), len(task.classes)
    shape = (SIZE, SIZE) if task.type == "segmentation" else ()
    scores = torch.rand((40, classes, *shape), generator=generator)
    return scores / scores.sum(1, keepdim=True), torch.randint(classes, (40, *shape), generator=generator)


def _texts() -> tuple[list[str], list[str]]:
    """Translations, half of which are right, and references."""
    right = [target for _, target in pairs()]
    return [text if i % 2 else right[i - 1] for i, text in enumerate(right)], right


def _inside(facts: Any, number: float) -> bool:
    low = -math.inf if facts.low is None else facts.low - 1e-6
    high = math.inf if facts.high is None else facts.high + 1e-6
    return low <= number <= high
