"""Alerts for the Prometheus operator: a PrometheusRule."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.manifests import Exported, ExportInputs


@monitor.exporter
def prometheus_rule(
    inputs: ExportInputs,
    /,
    *,
    namespace: Annotated[str, Field(description="namespace; the one at hand if not said")] = "",
    release: Annotated[
        str,
        Field(
            description="label `release`, by which a Prometheus of kube-prometheus-stack selects its rules"
        ),
    ] = "prometheus",
) -> Exported:
    """`prometheus-rule.yaml` (monitoring.coreos.com/v1): the same rules as `prometheus`."""
    import yaml

    from stagewright_plugins.monitoring.exported_rules import group
    from stagewright_plugins.monitoring.kubernetes import metadata

    told, unmapped = group(inputs.name, inputs.section)
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata(inputs.name, "alerts", namespace) | {"labels": {"release": release}},
        "spec": {"groups": [told]},
    }
    text = yaml.safe_dump(manifest, sort_keys=False, width=1000)
    (inputs.folder / "prometheus-rule.yaml").write_text(text, encoding="utf-8")
    return Exported(("prometheus-rule.yaml",), tuple(unmapped))
