"""The bench a plugin is tried on: a folder of its own, a seed, and contexts made from both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagewright.context import Context
from stagewright.plugin.registry import Registry
from stagewright.testing.hearing import Heard, context

NAME = "rehearsal"  # of the recipe that a bench stands for


@dataclass
class Bench:
    """What a rehearsal works with.

    Attributes:
        registry: finds the plugins of the project under test, and the installed ones.
        folder: empty, and gone after the test.
        seed: of all randomness: two rehearsals on equal seeds must agree.
        modality: `image` or `table`: what the small data is made of.
        task: spec of the task, where the modality's own does not suit the plugin.
        heard: what the plugin said in the contexts of this bench.
    """

    registry: Registry
    folder: Path
    seed: int = 0
    modality: str = "image"
    task: Mapping[str, Any] | None = None
    heard: Heard = field(default_factory=Heard)

    def context(self, name: str = "work") -> Context:
        """A step's context in a folder below this bench's."""
        return context(self.folder / name, self.seed, self.heard, self.registry.project, NAME)
