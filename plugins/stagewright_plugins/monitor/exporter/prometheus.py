"""Alerts for Prometheus itself: a rule file."""

from __future__ import annotations

from stagewright.stages import monitor
from stagewright.stages.manifests import Exported, ExportInputs


@monitor.exporter
def prometheus(inputs: ExportInputs, /) -> Exported:
    """`rules.yaml` for `rule_files`, over the series that `stagewright monitor` leaves in `metrics.prom`.

    Let node_exporter's textfile collector read `.stagewright/live/<name>/monitor/metrics.prom`.
    """
    import yaml

    from stagewright_plugins.monitoring.exported_rules import group

    told, unmapped = group(inputs.name, inputs.section)
    text = yaml.safe_dump({"groups": [told]}, sort_keys=False, width=1000)
    (inputs.folder / "rules.yaml").write_text(text, encoding="utf-8")
    return Exported(("rules.yaml",), tuple(unmapped))
