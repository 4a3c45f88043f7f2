"""tracking: a run mirrored from its record."""

from __future__ import annotations

import json
from typing import Any

from stagewright.contract import Component
from stagewright.stages.tracking import Inputs, Mirrored
from stagewright.testing import Bench

RUN = {
    "id": "20260102-030405-000-cells-abcd", "name": "cells", "recipe": "recipes/cells.yaml", "overrides": [],
    "command": ["stagewright", "run", "cells"], "started": "2026-01-02T03:04:05.000+00:00", "seed": 7,
    "config": {"name": "cells", "seed": 7}, "versions": {}, "git": {}, "plan": [],
}  # fmt: skip
ENDED = {"t": "2026-01-02T03:05:05.000+00:00", "event": "run_finished", "status": "failed", "exit_code": 1}


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """A run that ended before its first step."""
    run = bench.folder / ".stagewright" / "runs" / str(RUN["id"])
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps(RUN))
    (run / "events.jsonl").write_text(json.dumps(ENDED) + "\n")
    announced: list[Mirrored] = []
    given = Inputs(
        run, bench.folder, lambda: iter([ENDED]), lambda digest: bench.folder / digest, announced.append
    )
    mirrored = plugin(given)
    assert isinstance(mirrored, Mirrored), f"gives {type(mirrored).__name__}, not Mirrored"
    assert mirrored.run_id and mirrored.address, "it does not say where the mirror can be seen"
    return len(announced)
