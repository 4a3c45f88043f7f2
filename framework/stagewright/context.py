"""What every step is handed besides its inputs: a folder, a seed, and the ways to speak while working."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stagewright.contract import Component
from stagewright.frozen import frozen

if TYPE_CHECKING:
    from stagewright.report.blocks import Block


class Emit(Protocol):
    """Append one event to the run's log; mirrored to the tracker while the step works."""

    def __call__(self, event: str, /, **fields: Any) -> None: ...


class Show(Protocol):
    """Add blocks to this step's part of the report; they are kept with the artifact."""

    def __call__(self, *blocks: Block) -> None: ...


class Resolve(Protocol):
    """Build a component from a spec that an earlier step wrote (`Component.spec`): kind, then mapping."""

    def __call__(self, kind: str, spec: Mapping[str, Any], /) -> Component[Any, Any]: ...


@frozen
class Context:
    """Handed to every step as `inputs.context`.

    Attributes:
        workdir: this step's own folder; everything left in it becomes the artifact. It survives a kill and
            is handed over again, so a step may put resume state under `workdir / ".resume"`,
            which never becomes part of the artifact.
        seed: from the recipe; all randomness derives from it.
        emit: append an event (`emit("epoch", epoch=3, metrics={"loss": 0.2})`).
        show: add blocks to the report.
        resolve: rebuild a component from its spec.
        home: the project's `.stagewright` folder, for what outlives a run: releases, live events, journals.
        name: the recipe's name.
    """

    workdir: Path
    seed: int
    emit: Emit
    show: Show
    resolve: Resolve
    home: Path = Path(os.devnull)
    name: str = ""
