"""Ray Serve's configuration, and the replica that it starts."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from starlette.requests import Request

from stagewright.errors import StagewrightError
from stagewright_plugins.deploy.target._ray_app import Package
from stagewright_plugins.packaging import manifest

Placed = Callable[..., Path]


def test_the_configuration_is_valid(placed: Placed, valid: Callable[[str, Any], None], package: Path) -> None:
    folder = placed("ray_serve", package="/mnt/{name}/{version}", replicas=2, most_replicas=4)
    content = yaml.safe_load((folder / "serve.yaml").read_text())
    valid("ray-serve-config", content)
    (application,) = content["applications"]
    (deployment,) = application["deployments"]
    assert deployment["user_config"]["package"] == f"/mnt/Cell_Count/{manifest.version_of(package)}"
    assert deployment["autoscaling_config"]["min_replicas"] == 2


def test_the_module_offers_what_the_configuration_imports(placed: Placed) -> None:
    folder = placed("ray_serve")
    module, name = yaml.safe_load((folder / "serve.yaml").read_text())["applications"][0][
        "import_path"
    ].split(":")
    tree = ast.parse((folder / f"{module}.py").read_text())
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert name in assigned


def test_fewer_at_most_than_at_least(placed: Placed) -> None:
    with pytest.raises(StagewrightError, match="most_replicas 1 is below replicas 2"):
        placed("ray_serve", replicas=2, most_replicas=1)


def asked(replica: Package, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body).encode()}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [],
        "query_string": b"",
        "server": ("h", 80),
        "scheme": "http",
    }
    response = asyncio.run(replica(Request(scope, receive)))
    return response.status_code, json.loads(response.body)


@pytest.fixture
def replica(package: Path) -> Package:
    manifest.write(package)
    found = Package()
    found.reconfigure({"package": str(package)})
    return found


def test_a_replica_speaks_v2(replica: Package) -> None:
    image = np.zeros((1, 1, 8, 12), np.uint8)
    tensor = {"name": "image", "datatype": "UINT8", "shape": [1, 1, 8, 12], "data": image.ravel().tolist()}
    body = {"id": "7", "inputs": [tensor], "outputs": [{"name": "confidence"}]}
    status, told = asked(replica, "POST", "/v2/models/Cell_Count/infer", body)
    assert (status, told["id"], told["outputs"][0]["data"]) == (200, "7", [0.5])
    assert asked(replica, "GET", "/v2/models/Cell_Count")[1]["platform"] == "onnx"
    assert asked(replica, "GET", "/v2/health/ready") == (200, {"ready": True})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v2/models/other/infer", {}, 404),
        ("/v2/models/Cell_Count/infer", {}, 400),
        (
            "/v2/models/Cell_Count/infer",
            {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]},
            400,
        ),
    ],
)
def test_a_replica_says_what_is_wrong(replica: Package, path: str, body: Any, status: int) -> None:
    found, told = asked(replica, "POST", path, body)
    assert found == status
    assert told["error"]


def test_a_package_that_is_refused_leaves_the_one_in_service(replica: Package, tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="is no package"):
        replica.reconfigure({"package": str(tmp_path)})
    assert asked(replica, "GET", "/v2/health/ready") == (200, {"ready": True})


def test_a_replica_without_package_is_alive_but_not_ready() -> None:
    assert asked(Package(), "GET", "/v2/health/live") == (200, {"live": True})
    assert asked(Package(), "GET", "/v2/health/ready")[0] == 503
