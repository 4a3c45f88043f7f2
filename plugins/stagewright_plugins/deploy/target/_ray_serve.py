"""Ray Serve's configuration as a plain mapping, and its module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from stagewright.errors import StagewrightError
from stagewright.stages.deploy import TargetInputs

from ._naming import label
from ._requirements import requirements

APP = '''"""Ray Serve application; its settings are in serve.yaml."""

from ray import serve

from stagewright_plugins.deploy.target._ray_app import Package

app = serve.deployment(Package).bind()
'''


def written(
    inputs: TargetInputs, package: str, replicas: tuple[int, int], ongoing: int, cpus: float
) -> Sequence[str]:
    """Write `serve.yaml`, `app.py` and `requirements.txt`; gives their names."""
    if replicas[1] < replicas[0]:
        raise StagewrightError(f"deploy.targets: most_replicas {replicas[1]} is below replicas {replicas[0]}")
    place = package.replace("{name}", inputs.name).replace("{version}", inputs.version)
    content = configuration(inputs.name, place, replicas, ongoing, cpus)
    (inputs.folder / "serve.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    (inputs.folder / "app.py").write_text(APP, encoding="utf-8")
    lines = [f"{name}=={version}" for name, version in requirements(inputs.package).items()]
    (inputs.folder / "requirements.txt").write_text(
        "\n".join(["ray[serve]", *lines]) + "\n", encoding="utf-8"
    )
    return ("serve.yaml", "app.py", "requirements.txt")


def configuration(
    name: str, package: str, replicas: tuple[int, int], ongoing: int, cpus: float
) -> dict[str, Any]:
    """What `serve deploy` takes."""
    deployment = {
        "name": "Package",
        "autoscaling_config": {
            "min_replicas": replicas[0],
            "max_replicas": replicas[1],
            "target_ongoing_requests": ongoing,
        },
        "max_ongoing_requests": 2 * ongoing,
        "user_config": {"package": package, "threads": max(1, int(cpus))},
        "ray_actor_options": {"num_cpus": cpus},
        "graceful_shutdown_timeout_s": 30,
    }
    application = {
        "name": label(name),
        "route_prefix": "/",
        "import_path": "app:app",
        "deployments": [deployment],
    }
    return {"http_options": {"host": "127.0.0.1", "port": 8000}, "applications": [application]}
