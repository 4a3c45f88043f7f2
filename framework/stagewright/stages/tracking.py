"""tracking: where a run's record is mirrored. It follows the event log from a process of its own, so a
dead or read-only tracking server can neither slow a run down nor cost a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

from stagewright.contract import Component, Contract
from stagewright.frozen import frozen


@frozen
class Inputs:
    """A run to mirror.

    Attributes:
        run: folder of the run: `run.json` (recipe, versions, command, git), `events.jsonl`.
        project: root folder of the project; relative addresses start here.
        events: follows `events.jsonl` from its first line until `run_finished` (or the death of the run).
        artifact: folder of a finished artifact, by digest.
        announce: says where the mirror can be seen while the run still works.
    """

    run: Path
    project: Path
    events: Callable[[], Iterator[dict[str, Any]]]
    artifact: Callable[[str], Path]
    announce: Callable[[Mirrored], None] = lambda _: None


@frozen
class Mirrored:
    """Where the mirror can be seen: the tracker's own address and run id."""

    address: str
    run_id: str


stage: Contract[Inputs, Mirrored] = Contract("tracking", takes=Inputs, gives=Mirrored)
TrackingChoice = Annotated[Component[Inputs, Mirrored], stage]
