"""deploy.backend: a package that answers by the names of its signature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stagewright.contract import Component
from stagewright.stages.deploy import BackendInputs
from stagewright.testing import Bench
from stagewright_plugins.packaging import rule, signature
from stagewright_plugins.rehearsals._chain import chain
from stagewright_plugins.rehearsals._plain import plain
from stagewright_plugins.rehearsals._small import discs


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Two pictures in; all outputs, and only the one that was asked for."""
    folder = _package(plugin.type, bench)
    found = signature.read(folder)
    engine = plugin(BackendInputs(folder, found, 1))
    given = {found["inputs"][0]["name"]: discs(2, bench.seed)[0]}
    answer, first = engine(given), found["outputs"][0]["name"]
    assert set(answer) == {item["name"] for item in found["outputs"]}, f"it answers {', '.join(answer)}"
    assert all(len(value) == 2 for value in answer.values()), "an output has not one row per input"
    assert set(engine(given, [first])) == {first}, "it gives outputs that nobody asked for"
    return plain(answer)


def _package(platform: str, bench: Bench) -> Path:
    handles = chain("image")
    if platform != "rule":
        return handles["deploy"].path
    rule.packaged(handles["baseline"].path, bench.folder / "rule", "rehearsal", handles["framing"].task)
    return bench.folder / "rule"
