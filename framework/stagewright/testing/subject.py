"""The plugin under test, found by the path of its file as the framework finds it by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagewright import lifecycle
from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Found, Plugin, Registry
from stagewright.testing.bench import Bench

Rehearse = Callable[[Component[Any, Any], Bench], object]


@dataclass(frozen=True, eq=False)
class Subject:
    """One plugin and how to try it.

    Attributes:
        settings: for what the signature requires; everything else keeps its default.
        modality: what small data it is tried on, `image` or `table`.
        task: spec of the task it is tried on, if not the modality's own.
        rehearse: calls it in place of what the bundled rehearsal of its kind does.
    """

    registry: Registry
    found: Found
    settings: Mapping[str, Any] = field(default_factory=dict)
    modality: str = "image"
    task: Mapping[str, Any] | None = None
    rehearse: Rehearse | None = None

    @property
    def plugin(self) -> Plugin:
        """The plugin, imported."""
        return self.registry.load(self.found.kind, self.found.name)

    @property
    def component(self) -> Component[Any, Any]:
        """The plugin with its settings bound."""
        return self.registry.component(self.found.kind, {"type": self.found.name, **self.settings})


def subject(
    path: str | Path,
    settings: Mapping[str, Any] | None = None,
    modality: str = "image",
    task: Mapping[str, Any] | None = None,
    rehearse: Rehearse | None = None,
    near: Path | None = None,
) -> Subject:
    """The plugin in a file of a project's `plugins/` folder or of an installed package.

    Args:
        path: relative paths start at `near`, the folders above it, or where Python was started.
        settings: for what the signature requires.
        modality: what small data it is tried on.
        task: spec of the task, if not the modality's own.
        rehearse: calls it in place of the bundled rehearsal.
        near: folder of the test.

    Raises:
        StagewrightError: there is no such file, or it lies where no plugin of any kind belongs.
    """
    file = _existing(Path(path), near or Path.cwd())
    for kind, root in _readings(file):
        project = root.parent if root.name == "plugins" else None
        registry = Registry(project)
        name = file.parent.name if file.name == "__init__.py" else file.stem
        if root in {known.path for known in registry.roots}:
            return Subject(registry, registry.find(kind, name), settings or {}, modality, task, rehearse)
    raise StagewrightError(
        f"{file} is no plugin's place: it belongs in `plugins/<section>/<kind>/` of a project, or in an installed "
        "package with the entry point stagewright.plugins"
    )


def _existing(path: Path, near: Path) -> Path:
    for folder in (near, *near.parents, Path.cwd()):
        if (found := folder / path).is_file():
            return found.resolve()
    raise StagewrightError(f"there is no file {path} in {near} or above it")


def _readings(file: Path) -> Iterator[tuple[str, Path]]:
    """Every (kind, root) that a file's place could mean, the longest kind first."""
    folder = file.parent.parent if file.name == "__init__.py" else file.parent
    kinds = lifecycle.contracts()
    for parts in (2, 1):
        kind = ".".join(folder.parts[-parts:])
        if kind in kinds:
            yield kind, folder.parents[parts - 1]


def caller(depth: int = 2) -> Path:
    """Folder of the file whose code called, `depth` frames up."""
    return Path(sys._getframe(depth).f_code.co_filename).resolve().parent
