"""The presets of `conf/monitor` are settings that the stage takes."""

from pathlib import Path

import pytest
import yaml

from stagewright.plugin.registry import Registry

CONF = Path(__file__).resolve().parents[3] / "conf" / "monitor"


@pytest.mark.parametrize("path", sorted(CONF.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_preset_is_taken(path):
    said = yaml.safe_load(path.read_text())
    component = Registry().component("monitor", said)
    assert component.type == said["type"]
    assert component.spec().get("window", 500) == 500
