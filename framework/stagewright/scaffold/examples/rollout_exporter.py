"""An exporter: the section as one JSON file."""

import json
from typing import Annotated

from pydantic import Field

from stagewright.stages import rollout
from stagewright.stages.manifests import Exported, ExportInputs


@rollout.exporter
def rollout_json(
    inputs: ExportInputs, /, *, indent: Annotated[int, Field(ge=0, le=8, description="of the file")] = 2
) -> Exported:
    """`rollout.json`; of the section, only `strategy`."""
    told = {"name": inputs.name, "strategy": inputs.section["strategy"]}  # yours: the target's own words
    (inputs.folder / "rollout.json").write_text(json.dumps(told, indent=indent))
    return Exported(
        ["rollout.json"], [f"`{key}` is not written" for key in inputs.section if key not in told]
    )
