"""How a plugin of a kind is called on small inputs: the framework knows no array library, so plugins' packages do.

The file `rehearsals/<section>_<kind>.py` of an installed plugin package has a function `rehearse(plugin, bench)`: it
makes the inputs, calls the plugin, asserts what the contract says of the result (shapes, types, ranges), and returns
plain values that must be equal for equal seeds. It may have `spoil(plugin, bench)`, which hands over what no plugin of
the kind can work with, and must end in a StagewrightError.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from stagewright.plugin.registry import Registry
from stagewright.testing.bench import Bench
from stagewright.testing.subject import Subject

FOLDER = "rehearsals"


def rehearsal(registry: Registry, kind: str) -> ModuleType | None:
    """The module that rehearses a kind, from the first installed root that has one."""
    file = kind.replace(".", "_")
    for root in registry.roots:
        if root.within is None and (root.path / FOLDER / f"{file}.py").is_file():
            return importlib.import_module(f"{root.package}.{FOLDER}.{file}")
    return None


def rehearsed(subject: Subject, seed: int = 0) -> object:
    """Call the plugin once on a fresh bench; what it gave, as plain values.

    Raises:
        AssertionError: the result is not what the contract says, or nothing knows how to call the kind.
    """
    return _on_a_bench(subject, seed, _rehearse(subject))


def spoiled(subject: Subject) -> Callable[[], object] | None:
    """A call that hands over what the kind cannot work with; None where nothing of the sort is known."""
    module = rehearsal(subject.registry, subject.found.kind)
    spoil = getattr(module, "spoil", None)
    return (lambda: _on_a_bench(subject, 0, spoil)) if spoil and not subject.rehearse else None


def _rehearse(subject: Subject) -> Callable[[Any, Bench], object]:
    module = rehearsal(subject.registry, subject.found.kind)
    rehearse = subject.rehearse or getattr(module, "rehearse", None)
    kind = subject.found.kind
    assert rehearse, f"nothing knows how to call a {kind} plugin: give contract_tests(..., rehearse=...)"
    called: Callable[[Any, Bench], object] = rehearse
    return called


def _on_a_bench(subject: Subject, seed: int, call: Callable[[Any, Bench], object]) -> object:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(subject.registry, Path(folder).resolve(), seed, subject.modality, subject.task)
        return call(subject.component, bench)
