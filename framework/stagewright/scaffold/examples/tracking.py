"""Tracking: a line per run in a file that everybody can read."""

import json
from typing import Annotated

from pydantic import Field

from stagewright.stages import tracking
from stagewright.stages.tracking import Inputs, Mirrored


@tracking.stage
def logbook(
    inputs: Inputs,
    /,
    *,
    file: Annotated[str, Field(pattern=r"^[\w.-]+$", description="in the project")] = "runs.jsonl",
) -> Mirrored:
    """Which run ended how; follows the events until the run is over."""
    about, ended = json.loads((inputs.run / "run.json").read_text()), "unknown"
    for event in inputs.events():  # yours: what is kept of a run
        if event["event"] == "run_finished":
            ended = event["status"]
    with (inputs.project / file).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"run": about["id"], "recipe": about["name"], "ended": ended}) + "\n")
    return Mirrored(str(inputs.project / file), about["id"])
