"""sweep.launcher: workers started and waited for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from stagewright.contract import Component
from stagewright.stages.sweep import Launch
from stagewright.testing import Bench


def lived(folder: Path, name: str, after: Callable[[], None] | None) -> None:
    """The life of a worker that does nothing but leave its name."""
    (folder / name).touch(exist_ok=False)
    if after:
        after()


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """One worker, which must have lived once when the launcher returns."""
    lost: list[str] = []
    plugin(Launch(partial(lived, bench.folder), 1, lambda: None, lost.append))
    assert len(list(bench.folder.iterdir())) == 1, "the worker did not live exactly once"
    assert not lost, f"it lost {', '.join(lost)}"
    return lost
