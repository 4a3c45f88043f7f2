"""Exported monitoring is valid, says what the recipe says, and names what it cannot say."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from stagewright.expression import parse
from stagewright.live.alerts import Rule
from stagewright.stages.manifests import ExportInputs
from stagewright_plugins.monitor.exporter.alertmanager import alertmanager
from stagewright_plugins.monitor.exporter.cronjob import cronjob
from stagewright_plugins.monitor.exporter.prometheus import prometheus
from stagewright_plugins.monitor.exporter.prometheus_rule import prometheus_rule
from stagewright_plugins.monitoring.promql import Unmapped, exposition, promql

SCHEMAS = Path(__file__).parents[3] / "data" / "crds"
ALERTS = [
    {"alert": "Slow", "expr": "latency_p99 > 200", "for": 3, "labels": {"severity": "page"},
     "annotations": {"summary": "p99 is {latency_p99} ms"}},
    {"alert": "Drop", "expr": "accuracy < reference.accuracy - 0.03 and labelled >= 100", "keep_firing_for": "90s"},
    {"alert": "Odd", "expr": "not (requests > 5)"},
]  # fmt: skip


def section(**changes):
    alerts = [Rule.model_validate(item).model_dump(mode="json") for item in ALERTS]
    plain = {
        "type": "standard",
        "window": "1h",
        "alerts": alerts,
        "group_by": ["severity"],
        "schedule": "hourly",
    }
    return plain | changes


def export(exporter, folder, said, **settings):
    inputs = ExportInputs("brain_tissue", said, folder)
    return exporter(inputs, **settings)


def valid(name, manifest):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.validate(manifest, schema)


def test_rules_say_the_same_in_promql(tmp_path):
    done = export(prometheus, tmp_path, section())
    (group,) = yaml.safe_load((tmp_path / "rules.yaml").read_text())["groups"]
    slow, drop = group["rules"]
    assert slow["expr"] == 'stagewright_monitor_latency_p99{model="brain_tissue"} > 200'
    assert slow["for"] == "2h"  # fires at the end of the third window: two hours after the first
    assert slow["labels"] == {"severity": "page", "model": "brain_tissue"}
    assert "{{ with query" in slow["annotations"]["summary"]
    assert drop["expr"] == (
        '(stagewright_monitor_accuracy{model="brain_tissue"} < '
        '(stagewright_monitor_reference_accuracy{model="brain_tissue"} - 0.03)) and '
        '(stagewright_monitor_labelled{model="brain_tissue"} >= 100)'
    )
    assert drop["keep_firing_for"] == "1m30s"
    assert any("Odd is left out: it uses `not`" in said for said in done.unmapped)


def test_windows_of_requests_have_no_time(tmp_path):
    done = export(prometheus, tmp_path, section(window=500))
    (slow, _) = yaml.safe_load((tmp_path / "rules.yaml").read_text())["groups"][0]["rules"]
    assert "for" not in slow
    assert any("Slow: `for` is left out" in said for said in done.unmapped)


def test_the_operators_manifest_is_valid(tmp_path):
    export(prometheus_rule, tmp_path, section(), namespace="lab")
    manifest = yaml.safe_load((tmp_path / "prometheus-rule.yaml").read_text())
    valid("monitoring-v1-prometheusrule", manifest)
    assert manifest["metadata"]["name"] == "brain-tissue-alerts"


def test_alertmanager_gets_what_it_can(tmp_path):
    notify = [{"type": "apprise", "urls": ["jsons://hooks.example.org/x", "slack://a/b/c"]}, {"type": "log"}]
    done = export(alertmanager, tmp_path, section(notify=notify))
    manifest = yaml.safe_load((tmp_path / "alertmanager.yaml").read_text())
    valid("alertmanager-config", manifest)
    assert manifest["receivers"][0]["webhook_configs"] == [{"url": "https://hooks.example.org/x"}]
    assert len(done.unmapped) == 2
    assert "slack" in done.unmapped[0]
    assert "a/b/c" not in done.unmapped[0]


def test_cron_jobs_are_valid_and_one_at_a_time(tmp_path):
    retrain = {"alerts": ["Drop"], "schedule": "monthly", "cooldown": 3600.0, "max_per_week": 1}
    done = export(cronjob, tmp_path, section(retrain=retrain), image="registry/stagewright:1")
    jobs = list(yaml.safe_load_all((tmp_path / "cronjobs.yaml").read_text()))
    for job in jobs:
        valid("batch-v1-cronjob", job)
        assert job["spec"]["concurrencyPolicy"] == "Forbid"
    commands = [
        j["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"] for j in jobs
    ]
    assert commands == [
        ["stagewright", "monitor", "brain_tissue"],
        ["stagewright", "retrain", "brain_tissue"],
    ]
    assert [job["spec"]["schedule"] for job in jobs] == ["0 * * * *", "0 4 1 * *"]
    assert len(done.unmapped) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ** 2 > b", '(s_a{model="m"} ^ 2) > s_b{model="m"}'),
        ("-a < 1", '(-(s_a{model="m"})) < 1'),
        ("log(a) > 1 or a.b == 0", '(ln(s_a{model="m"}) > 1) or (s_a_b{model="m"} == 0)'),
    ],
)
def test_promql(text, expected):
    assert promql(parse(text), "m") == expected.replace("s_", "stagewright_monitor_")


@pytest.mark.parametrize("text", ["not a > 1", "max(a, b) > 1", "a == 'x'", "1 > 2", "a == true"])
def test_what_promql_cannot_say_is_said(text):
    with pytest.raises(Unmapped):
        promql(parse(text), "m")


def test_prometheus_can_read_the_values():
    text = exposition("m", {"latency_p99": 12.5, "drift.image.noise": 0.1})
    found = {family.name: family.samples[0] for family in text_string_to_metric_families(text)}
    assert found["stagewright_monitor_latency_p99"].value == 12.5
    assert found["stagewright_monitor_drift_image_noise"].labels == {"model": "m"}
