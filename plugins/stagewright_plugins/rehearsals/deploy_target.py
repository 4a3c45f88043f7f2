"""deploy.target: files below the folder it was handed."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.deploy import TargetInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Every name that it gives is a file there, and the package stays as it was."""
    from stagewright_plugins.packaging import manifest

    package, folder = chain(bench.modality)["deploy"], bench.folder / "target"
    folder.mkdir()
    names = list(plugin(TargetInputs(package.path, package.name, package.version, folder, bench.context())))
    missing = [name for name in names if not (folder / name).exists()]
    assert not missing, f"{', '.join(missing)} was not written"
    manifest.verify(package.path)
    return sorted(names)
