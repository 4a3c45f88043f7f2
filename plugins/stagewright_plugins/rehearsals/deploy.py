"""deploy: a package that verifies and answers."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.packaging import manifest
from stagewright_plugins.rehearsals._chain import staged


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Every file is as the manifest says, and the version is the content's."""
    package = staged(plugin, bench)
    manifest.verify(package.path)
    assert manifest.version_of(package.path) == package.version, (
        "the version does not follow from the content"
    )
    return (
        package.name,
        sorted(package.hashes),
        package.targets,
        [item.condition for item in package.verdicts],
    )
