"""Groups that the command line can choose from (`+train/model=deeplab`) are named for their plugins."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stagewright.plugin.registry import Registry
from stagewright.plugin.settings import settings_of

CONF = Path(__file__).resolve().parents[3] / "conf" / "train"
GROUPS = sorted(path for path in CONF.glob("*/*.yaml") if path.parent.name != "early_stopping")


def test_every_plugin_that_needs_no_more_than_its_name_has_a_group() -> None:
    registry = Registry()
    for kind in ("model", "loss", "optimizer", "scheduler"):
        for found in registry.names(f"train.{kind}"):
            settings = settings_of(registry.load(found.kind, found.name).function)
            complete = not any(setting.required for setting in settings.values())
            assert (CONF / kind / f"{found.name}.yaml").is_file() == complete, found.name


@pytest.mark.parametrize("path", GROUPS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_group_names_its_plugin(path: Path) -> None:
    found = Registry().component(f"train.{path.parent.name}", yaml.safe_load(path.read_text()))
    assert path.stem == found.type or path.stem.startswith(f"{found.type}_")  # unet_large
