"""A data stage in memory: few tiny samples, two metrics, and the bundled splitters."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagewright.contract import Component
from stagewright.stages import data
from stagewright.stages.data import (
    Card,
    Dataset,
    Duplicates,
    DuplicatesInputs,
    Inputs,
    QualityFacts,
    Sample,
    Source,
    SourceInputs,
)
from stagewright.stages.framing import Framing, Task, TensorSpec
from stagewright.testing import Heard, context
from stagewright_plugins.data.split.random import random
from stagewright_plugins.data.standard import standard

SIZE = (16, 20)


@data.quality(suspicious="both", low=0, high=255)
def brightness(view: Any, /) -> float:
    """Mean of all pixels."""
    return float(view.input.mean())


@data.quality(suspicious="low", low=0, high=1)
def area(view: Any, /) -> dict[str, float]:
    """Share of the pixels in each class."""
    return {name: float((view.target == i).mean()) for i, name in enumerate(view.classes)}


@data.duplicates
def close_means(inputs: DuplicatesInputs, /, *, tolerance: float = 0.1) -> Duplicates:
    """Pairs whose mean brightness differs by less than a tolerance."""
    means = np.asarray(inputs.pictures, dtype=float).mean(axis=(1, 2))
    order = np.argsort(means)
    pairs = [(a, b) for a, b in pairwise(order) if means[b] - means[a] < tolerance]
    return Duplicates([(inputs.ids[b], inputs.ids[a], float(means[b] - means[a])) for a, b in pairs])


def a_task(channels: int = 1, ignore_index: int | None = None) -> Task:
    return Task(
        "segmentation",
        TensorSpec("input", (channels, *SIZE), "float32"),
        TensorSpec("target", SIZE, "int64"),
        TensorSpec("logits", (2, *SIZE), "float32"),
        "argmax",
        ("background", "cell"),
        ignore_index,
    )


def a_sample(number: int, **changed: Any) -> Sample:
    """A picture of noise, different for each number, with a square cell."""
    random = np.random.default_rng(number)
    target = np.zeros(SIZE, dtype=np.uint8)
    target[2 : 6 + number % 8, 3:9] = 1
    given = {"input": random.integers(0, 256, SIZE, dtype=np.uint8), "target": target}
    return Sample(**given | changed)


def a_source(samples: dict[str, Sample | Exception], group: str = "") -> Component[Any, Any]:
    def read(id: str) -> Sample:
        found = samples[id]
        if isinstance(found, Exception):
            raise found
        return found

    card = Card("test", "CC0-1.0", "made up", "none")
    return Component(
        "data.source", "made_up", {}, lambda _: Source(list(samples), read, card, "image", group)
    )


def quality(*plugins: Any) -> list[Component[Any, Any]]:
    facts = {"brightness": QualityFacts("both", 0, 255), "area": QualityFacts("low", 0, 1)}
    return [Component("data.quality", f.__name__, {}, f, facts[f.__name__]) for f in plugins]


def split_by(plugin: Any = random, **settings: Any) -> Component[Any, Any]:
    return Component("data.split", plugin.__name__, settings, plugin)


NEAR = Component("data.duplicates", "close_means", {}, close_means)


class Stage:
    """The stage with its defaults, as the framework calls it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.heard, self.calls = folder, Heard(), 0

    def __call__(self, source: Component[Any, Any] | dict, **settings: Any) -> Dataset:
        self.calls += 1
        task = settings.pop("task", a_task())
        seed = settings.pop("seed", 0)
        source = a_source(source) if isinstance(source, dict) else source
        defaults = {
            "quality": quality(area, brightness),
            "duplicates": None,
            "split": split_by(),
            "workers": 1,
        }
        inputs = Inputs(Framing(task), context(self.folder / str(self.calls), seed, self.heard))
        return standard(inputs, source=source, **defaults | settings)

    def block(self, title: str) -> Any:
        return next(block for block in self.heard.blocks if block.title == title)

    def said(self, event: str) -> list[dict[str, Any]]:
        return [said for said in self.heard.events if said["event"] == event]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def samples() -> dict[str, Sample | Exception]:
    """Forty good ones."""
    return {f"s{number:02d}": a_sample(number) for number in range(40)}


@pytest.fixture
def made() -> Any:
    """What tests make samples, sources and choices of: modules of tests cannot import one another."""

    class Made:
        sample = staticmethod(a_sample)
        source = staticmethod(a_source)
        task = staticmethod(a_task)
        split = staticmethod(split_by)
        quality = staticmethod(quality)
        near = NEAR
        inputs = staticmethod(SourceInputs)

    return Made
