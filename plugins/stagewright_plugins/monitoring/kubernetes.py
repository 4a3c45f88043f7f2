"""Parts of Kubernetes manifests."""

from __future__ import annotations

import re
from typing import Any

MOST = 52  # characters of a CronJob's name: Kubernetes adds eleven for its jobs
WORK = "/project"


def metadata(model: str, what: str, namespace: str) -> dict[str, Any]:
    """Name (a DNS label) and, where it is said, namespace."""
    label = re.sub(r"[^a-z0-9]+", "-", f"{model}-{what}".lower()).strip("-")
    name = label if len(label) <= MOST else f"{label[: MOST - len(what) - 1].rstrip('-')}-{what}"
    return {"name": name, **({"namespace": namespace} if namespace else {})}


def cron_job(model: str, verb: str, schedule: str, image: str, claim: str, namespace: str) -> dict[str, Any]:
    """A CronJob that runs one verb on a recipe."""
    container = {
        "name": verb,
        "image": image,
        "command": ["stagewright", verb, model],
        "workingDir": WORK,
        "volumeMounts": [{"name": "project", "mountPath": WORK}],
        "securityContext": {
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "project", "persistentVolumeClaim": {"claimName": claim}}],
    }
    spec = {
        "schedule": schedule,
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 3600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        # A run that fails says why; trying again at once would say it again.
        "jobTemplate": {"spec": {"backoffLimit": 0, "template": {"spec": pod}}},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata(model, verb, namespace),
        "spec": spec,
    }
