"""An exporter: the section as one JSON file."""

import json
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.manifests import Exported, ExportInputs


@monitor.exporter
def monitor_json(
    inputs: ExportInputs, /, *, indent: Annotated[int, Field(ge=0, le=8, description="of the file")] = 2
) -> Exported:
    """`monitor.json`; of the section, only `alerts`."""
    told = {"name": inputs.name, "alerts": inputs.section["alerts"]}  # yours: the target's own words
    (inputs.folder / "monitor.json").write_text(json.dumps(told, indent=indent))
    return Exported(
        ["monitor.json"], [f"`{key}` is not written" for key in inputs.section if key not in told]
    )
