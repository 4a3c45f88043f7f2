"""Monitoring that only looks whether the package is still the one that was tested."""

import json

from stagewright.stages import monitor
from stagewright.stages.monitor import Health, Inputs


@monitor.stage
def unharmed(inputs: Inputs, /) -> Health:
    """Fires `Damaged` when a file of the package is not as its manifest says."""
    from stagewright.errors import StagewrightError
    from stagewright_plugins.packaging import manifest

    fires: tuple[str, ...] = ()
    try:
        manifest.verify(inputs.deploy.path)  # yours: what is looked at
    except StagewrightError:
        fires = ("Damaged",)
    for name, content in (("windows.json", []), ("alerts.json", list(fires))):
        (inputs.context.workdir / name).write_text(json.dumps(content))
    return Health(inputs.context.workdir, fires)
