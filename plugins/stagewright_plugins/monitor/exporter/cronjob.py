"""Looking and retraining on schedule in Kubernetes: CronJobs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.manifests import Exported, ExportInputs


@monitor.exporter
def cronjob(
    inputs: ExportInputs,
    /,
    *,
    image: Annotated[
        str, Field(min_length=1, description="image with Stagewright and the project's plugins")
    ],
    claim: Annotated[
        str,
        Field(min_length=1, description="PersistentVolumeClaim of the project: recipes and `.stagewright`"),
    ] = "stagewright",
    namespace: Annotated[str, Field(description="namespace; the one at hand if not said")] = "",
) -> Exported:
    """`cronjobs.yaml` (batch/v1): `stagewright monitor`, and `stagewright retrain` where it has a schedule.

    One at a time; a period that was missed is made up for within an hour.
    """
    import yaml

    from stagewright.live.schedules import cron
    from stagewright_plugins.monitoring.kubernetes import cron_job

    section, retrain = inputs.section, inputs.section.get("retrain") or {}
    jobs = [
        cron_job(inputs.name, "monitor", cron(section.get("schedule", "hourly")), image, claim, namespace)
    ]
    unmapped = []
    if retrain.get("schedule"):
        jobs.append(cron_job(inputs.name, "retrain", cron(retrain["schedule"]), image, claim, namespace))
        unmapped.append("retrain: `cooldown` and `max_per_week` do not bind a CronJob")
    if retrain.get("alerts"):
        unmapped.append(
            f"retrain: alerts ({', '.join(retrain['alerts'])}) start no CronJob; `stagewright monitor` asks"
        )
    text = yaml.safe_dump_all(jobs, sort_keys=False, width=1000)
    (inputs.folder / "cronjobs.yaml").write_text(text, encoding="utf-8")
    return Exported(("cronjobs.yaml",), tuple(unmapped))
