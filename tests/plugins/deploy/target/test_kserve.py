"""KServe's manifests are valid, and say what they should."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from stagewright.errors import RecipeError
from stagewright_plugins.packaging import manifest

Placed = Callable[..., Path]
Valid = Callable[[str, Any], None]
STABLE = "0123456789abcdef"
PUBLISHED = os.environ.get("STAGEWRIGHT_CRDS", "")


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    service, runtime = (
        yaml.safe_load((folder / f"{name}.yaml").read_text())
        for name in ("inference-service", "serving-runtime")
    )
    return service, runtime


def test_one_version_by_itself(placed: Placed, valid: Valid, package: Path) -> None:
    service, runtime = read(placed("kserve", storage_uri="s3://bucket/{name}/{version}"))
    valid("kserve-v1beta1-inferenceservice", service)
    valid("kserve-v1alpha1-servingruntime", runtime)
    version = manifest.version_of(package)
    predictor = service["spec"]["predictor"]
    assert service["metadata"]["name"] == "cell-count"
    assert predictor["name"] == f"v{version[:12]}"
    assert predictor["model"]["storageUri"] == f"s3://bucket/Cell_Count/{version}"
    assert predictor["model"]["protocolVersion"] == "v2"
    assert "canary" not in service["spec"]


def test_the_service_asks_for_what_the_runtime_offers(placed: Placed) -> None:
    service, runtime = read(placed("kserve"))
    model = service["spec"]["predictor"]["model"]
    offered = {(item["name"], item["version"]) for item in runtime["spec"]["supportedModelFormats"]}
    assert (model["modelFormat"]["name"], model["modelFormat"]["version"]) in offered
    assert model["runtime"] == runtime["metadata"]["name"]
    assert model["protocolVersion"] in runtime["spec"]["protocolVersions"]


def test_a_canary_beside_the_stable_version(placed: Placed, valid: Valid, package: Path) -> None:
    service, _ = read(placed("kserve", stable=STABLE, canary_percent=10, namespace="lab"))
    valid("kserve-v1beta1-inferenceservice", service)
    (canary,) = service["spec"]["canary"]
    assert canary["trafficPercent"] == 10
    assert canary["predictor"]["name"] == f"v{manifest.version_of(package)[:12]}"
    assert service["spec"]["predictor"]["name"] == "v0123456789ab"
    # What KServe 0.20's webhook asks beyond its schema.
    assert service["metadata"]["annotations"] == {"serving.kserve.io/deploymentMode": "Standard"}
    assert "maxReplicas" not in canary["predictor"]
    assert canary["predictor"]["minReplicas"] <= service["spec"]["predictor"]["minReplicas"]


def test_the_schema_refuses_what_nobody_knows(placed: Placed, valid: Valid) -> None:
    service, _ = read(placed("kserve"))
    service["spec"]["canaryTraffic"] = 5
    with pytest.raises(jsonschema.ValidationError, match="canaryTraffic"):
        valid("kserve-v1beta1-inferenceservice", service)


@pytest.mark.parametrize(
    "wrong", [{"storage_uri": "models"}, {"stable": "v2"}, {"canary_percent": 101}, {"memory": "1GB"}]
)
def test_settings_that_kserve_would_refuse(placed: Placed, wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        placed("kserve", **wrong)


@pytest.mark.skipif(not PUBLISHED, reason="STAGEWRIGHT_CRDS names no folder with the published CRDs")
@pytest.mark.parametrize("settings", [{}, {"stable": STABLE}])
def test_the_published_definitions_take_them(placed: Placed, settings: dict[str, Any]) -> None:
    published = {}
    for path in Path(PUBLISHED).glob("*.yaml"):
        for crd in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader):
            for version in crd["spec"]["versions"]:
                key = (crd["spec"]["names"]["kind"], f"{crd['spec']['group']}/{version['name']}")
                published[key] = version["schema"]["openAPIV3Schema"]
    for content in read(placed("kserve", **settings)):
        schema = closed(published[content["kind"], content["apiVersion"]])
        schema["properties"]["metadata"] = {"type": "object"}
        jsonschema.Draft202012Validator(schema).validate(content)


def closed(schema: Any) -> Any:
    """A structural schema as Kubernetes reads it: fields it does not name would be dropped."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(item) for name, item in schema.items()}
    open_ended = "additionalProperties" in found or found.get("x-kubernetes-preserve-unknown-fields")
    return found | (
        {"additionalProperties": False}
        if isinstance(found.get("properties"), dict) and not open_ended
        else {}
    )
