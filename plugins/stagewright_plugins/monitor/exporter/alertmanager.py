"""Who hears of an alert, for Alertmanager."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.rollout.durations import Duration
from stagewright.stages import monitor
from stagewright.stages.manifests import Exported, ExportInputs


@monitor.exporter
def alertmanager(
    inputs: ExportInputs,
    /,
    *,
    group_wait: Annotated[
        Duration, Field(description="wait for more of a group before the first message")
    ] = 30.0,
    group_interval: Annotated[Duration, Field(description="before telling of more in a group")] = 300.0,
    repeat_interval: Annotated[
        Duration, Field(description="before telling again what still fires")
    ] = 14_400.0,
) -> Exported:
    """`alertmanager.yaml`: a route for this model's alerts, grouped as here, and its receivers."""
    import yaml

    from stagewright_plugins.monitoring.exported_rules import duration, receivers

    found, unmapped = receivers(inputs.section.get("notify") or ())
    route = {
        "receiver": "stagewright",
        "group_by": list(inputs.section.get("group_by") or ["severity"]),
        "group_wait": duration(group_wait),
        "group_interval": duration(group_interval),
        "repeat_interval": duration(repeat_interval),
        "matchers": [f'model="{inputs.name}"'],
    }
    # The top route takes everything and must have no matchers.
    top = {"receiver": "stagewright", "routes": [route]}
    text = yaml.safe_dump({"route": top, "receivers": found}, sort_keys=False, width=1000)
    (inputs.folder / "alertmanager.yaml").write_text(text, encoding="utf-8")
    return Exported(("alertmanager.yaml",), tuple(unmapped))
