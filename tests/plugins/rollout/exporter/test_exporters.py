"""Exported manifests against the published schemas, and nothing dropped in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from stagewright.plugin.registry import Registry
from stagewright.stages.manifests import ExportInputs

CRDS = Path(__file__).parents[3] / "data" / "crds"
SCHEMAS = {
    "Rollout": "argoproj-v1alpha1-rollout",
    "AnalysisTemplate": "argoproj-v1alpha1-analysistemplate",
    "Canary": "flagger-v1beta1-canary",
    "MetricTemplate": "flagger-v1beta1-metrictemplate",
    "InferenceService": "kserve-v1beta1-inferenceservice",
}
GUARDS = [
    {"name": "errors", "metric": "request.error"},
    {"name": "slow", "metric": "latency_ms > 200", "margin": 0.25},
    {"name": "user_signal", "metric": "feedback.negative"},
    {"name": "srm", "test": "srm", "alpha": 0.001},
]
CANARY = {
    "type": "standard",
    "strategy": "canary",
    "steps": [
        {"setMirrorRoute": {"percentage": 100}},
        {"pause": {"duration": "10m"}},
        {"analysis": {"guards": ["errors"], "duration": "5m"}},
        {"setMirrorRoute": {"percentage": 0}},
        {"setWeight": 5},
        {"pause": {"duration": "30m", "minRequests": 2000}},
        {"setWeight": 12.5},
        {"pause": {}},
        {"setWeight": 50},
    ],
    "analysis": {"startingStep": 4, "guards": GUARDS, "dryRun": ["user_signal"]},
    "affinity": {"key": "user_id"},
    "replay": {"requests": 10},
}
SECTIONS = {
    "canary": CANARY,
    "defaults": {},
    "shadow": {"strategy": "shadow", "analysis": {"guards": GUARDS}},
    "abTest": {"strategy": "abTest", "analysis": {"guards": GUARDS}, "abTest": {"requests": 900}},
    "blueGreen": {
        "strategy": "blueGreen",
        "analysis": {"guards": GUARDS},
        "blueGreen": {"prePromotionAnalysis": {"duration": "5m"}, "autoPromotionSeconds": "10m"},
    },
    "patient": {
        "steps": [{"setWeight": 20}],
        "onFailure": "notify",
        "onInconclusive": "rollback",
        "onSuccess": "pause",
        "progressDeadlineAbort": False,
        "analysis": {"guards": GUARDS[:1]},
    },
}
TARGETS = {
    "argo": {"virtual_service": "cells"},
    "flagger": {},
    "kserve": {"stable_uri": "s3://models/cells/a", "canary_uri": "s3://models/cells/b"},
}


def export(target, section, folder, **settings):
    exporter = Registry().component("rollout.exporter", {"type": target, **TARGETS[target], **settings})
    found = exporter(ExportInputs("brain_tissue", section, folder, "b" * 64, "a" * 64))
    objects = [item for name in found.files for item in yaml.safe_load_all((folder / name).read_text())]
    return objects, found.unmapped


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SECTIONS)
def test_manifests_are_valid(tmp_path, target, name):
    objects, _ = export(target, SECTIONS[name], tmp_path, namespace="ml")
    assert objects
    for item in objects:
        schema = json.loads((CRDS / f"{SCHEMAS[item['kind']]}.json").read_text())
        errors = [f"{list(e.path)}: {e.message}" for e in Draft202012Validator(schema).iter_errors(item)]
        assert errors == []
        assert item["metadata"]["namespace"] == "ml"


def test_the_schemas_refuse_what_is_misspelt(tmp_path):
    objects, _ = export("argo", CANARY, tmp_path)
    schema = Draft202012Validator(json.loads((CRDS / f"{SCHEMAS['Rollout']}.json").read_text()))
    objects[0]["spec"]["strategy"]["canary"]["steps"][0] = {"setWieght": 5}
    assert not schema.is_valid(objects[0])


def test_argo_steps_are_the_recipes(tmp_path):
    objects, unmapped = export("argo", CANARY, tmp_path)
    canary = objects[0]["spec"]["strategy"]["canary"]
    kinds = [next(iter(step)) for step in canary["steps"]]
    assert kinds == [*(next(iter(step)) for step in CANARY["steps"]), "analysis"]
    assert canary["steps"][5] == {"pause": {"duration": "30m"}}
    assert canary["steps"][7] == {"pause": {}}
    assert canary["steps"][6] == {"setWeight": 12}
    assert canary["steps"][3] == {"setMirrorRoute": {"name": "stagewright-mirror"}}
    assert canary["analysis"]["startingStep"] == 4
    assert canary["analysis"]["dryRun"] == [{"metricName": "user_signal"}]
    said = "\n".join(unmapped)
    for word in ("minRequests 2000", "12.5 % becomes 12 %", "affinity.key", "guards:"):
        assert word in said


def test_argo_waits_for_undecided_guards_after_the_last_step(tmp_path):
    guards = {"guards": GUARDS[:1]}
    steps = [{"setWeight": 5}, {"pause": {}}]
    asked = export("argo", {"steps": steps, "analysis": guards}, tmp_path)[0]
    last = asked[0]["spec"]["strategy"]["canary"]["steps"][-1]
    assert last == {"analysis": {"templates": [{"templateName": "brain-tissue-errors-step-2"}]}}
    assert "brain-tissue-errors-step-2" in {item["metadata"]["name"] for item in asked[1:]}
    for section in ({"steps": [*steps, {"analysis": {}}]}, {"steps": steps, "onInconclusive": "notify"}):
        told = export("argo", section | {"analysis": guards}, tmp_path)[0]
        assert len(told[0]["spec"]["strategy"]["canary"]["steps"]) == len(section["steps"])


def test_argo_guards_ask_the_gateway(tmp_path):
    objects, _ = export("argo", CANARY, tmp_path, gateway="http://gate:8080", interval="1m")
    metrics = {item["metadata"]["name"]: item["spec"]["metrics"][0] for item in objects[1:]}
    errors, step = metrics["brain-tissue-errors"], metrics["brain-tissue-errors-step-2"]
    assert errors["provider"]["web"]["url"] == "http://gate:8080/v1/rollout"
    assert errors["provider"]["web"]["jsonPath"] == '{$.guards[?(@.guard == "errors")].outcome}'
    assert errors["failureCondition"] == 'result == "failed"'
    assert errors["inconclusiveLimit"] > 1000
    assert (step["count"], step["consecutiveSuccessLimit"], step["inconclusiveLimit"]) == (5, 1, 4)
    assert metrics["brain-tissue-srm"]["failureCondition"] == "false", (
        "a mismatch pauses, it does not roll back"
    )


def test_argo_templates_are_all_there(tmp_path):
    for name, section in SECTIONS.items():
        folder = tmp_path / name
        folder.mkdir()
        objects, _ = export("argo", section, folder)
        defined = {item["metadata"]["name"] for item in objects[1:]}
        used = set(_templates(objects[0]))
        assert used <= defined


def _templates(node):
    if isinstance(node, dict):
        if "templateName" in node:
            yield node["templateName"]
        for value in node.values():
            yield from _templates(value)
    elif isinstance(node, list):
        for value in node:
            yield from _templates(value)


def test_argo_without_a_mesh_says_what_a_weight_costs(tmp_path):
    objects, unmapped = export("argo", CANARY, tmp_path, virtual_service="")
    assert "trafficRouting" not in objects[0]["spec"]["strategy"]["canary"]
    assert any("number of pods" in sentence for sentence in unmapped)
    assert any("mirrors through Istio only" in sentence for sentence in unmapped)


def test_flagger(tmp_path):
    objects, unmapped = export("flagger", CANARY, tmp_path)
    analysis = objects[0]["spec"]["analysis"]
    assert analysis["stepWeights"] == [5, 12, 50]
    assert analysis["interval"] == "30m"
    assert (analysis["mirror"], analysis["mirrorWeight"]) == (True, 100)
    assert analysis["metrics"][0]["templateRef"]["name"] == objects[1]["metadata"]["name"]
    said = "\n".join(unmapped)
    for word in (
        "steps[5].pause.minRequests",
        "steps[7].pause",
        "steps[2].analysis",
        "one interval",
        "dryRun",
    ):
        assert word in said


def test_kserve_one_file_per_weight(tmp_path):
    objects, unmapped = export("kserve", CANARY, tmp_path)
    weights = [item["spec"]["canary"][0]["trafficPercent"] for item in objects[:-1]]
    assert weights == [0, 5, 12, 50]
    assert "canary" not in objects[-1]["spec"]
    assert objects[0]["spec"]["predictor"]["name"] == "v-aaaaaaaaaaaa"
    assert objects[-1]["spec"]["predictor"]["name"] == "v-bbbbbbbbbbbb"
    assert sorted(path.name for path in tmp_path.iterdir())[0] == "inference-service-1-00.yaml"
    assert any("judges nothing" in sentence for sentence in unmapped)


@pytest.mark.parametrize(
    ("change", "target", "word"),
    [
        ({"onInconclusive": "rollback"}, "argo", "onInconclusive"),
        ({"onInconclusive": "rollback"}, "flagger", "onInconclusive"),
        ({"onFailure": "pause"}, "flagger", "onFailure"),
        ({"onSuccess": "pause"}, "flagger", "onSuccess"),
        ({"progressDeadlineAbort": False}, "flagger", "progressDeadlineAbort"),
        ({"affinity": {"key": "user"}}, "kserve", "affinity.key"),
        ({"steps": [{"setWeight": 50}, {"setWeight": 5}]}, "flagger", "do not rise"),
        ({"steps": [{"setWeight": 0.2}]}, "kserve", "0.2 % becomes 1 %"),
        ({"steps": [{"setMirrorRoute": {"percentage": 30}}]}, "kserve", "setMirrorRoute"),
    ],
)
def test_what_a_target_cannot_express_is_named(tmp_path, change, target, word):
    _, unmapped = export(target, change, tmp_path)
    assert any(word in sentence for sentence in unmapped)
