"""The steps before the one that is rehearsed, done once on small data by the bundled plugins.

Each handle is made when it is first asked for: a metric costs nothing of a training, an evaluation does.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from stagewright import lifecycle, releases
from stagewright.contract import Component
from stagewright.plugin.registry import Registry
from stagewright.stages.deploy import Package
from stagewright.stages.monitor import Retrained
from stagewright.testing import Bench, context
from stagewright.testing.bench import NAME
from stagewright_plugins.rehearsals._small import GOAL, TASKS, drawn, rows

CARD = {"intended_use": "A rehearsal.", "limitations": "Made-up data.", "licence": "CC0-1.0"}
TABLE = {
    "type": "table_file", "id": "id", "time": "at", "known": "seen", "target": "outcome", "group": "day",
    "licence": "CC0-1.0", "personal_data": "none",
    "columns": {"wind": {"kind": "number"}, "place": {"kind": "category"}},
}  # fmt: skip
# What each step is in the chain of a modality; paths are filled in when it is made.
STEPS: dict[str, dict[str, dict[str, Any]]] = {
    "image": {
        "framing": {"task": TASKS["image"]},
        "data": {"source": {"type": "image_folder", "licence": "CC0-1.0", "personal_data": "none"}},
        "metrics": {"of": [{"type": "iou"}]},
        "baseline": {"type": "multi_otsu"},
        "train": {"type": "lightning", "model": {"type": "unet", "width": 4, "depth": 2}, "max_epochs": 2},
        "evaluate": {},
        "compress": {"steps": [{"type": "onnx_int8", "samples": 8}], "limits": {}},
        "deploy": {"card": CARD, "licences": ["CC0-1.0"], "personal_data": ["none"]},
        "rollout": {"replay": {"requests": 60}, "steps": [{"setWeight": 50}]},
        "monitor": {"window": 30, "least": 10, "hardware": False},
    },
    "text": {"framing": {"task": TASKS["text"]}},
    "table": {
        "framing": {"task": TASKS["table"]},
        "data": {
            "type": "tabular",
            "source": TABLE,
            "until": "2024-02-10",
            "validation_days": 10,
            "test_days": 10,
        },
        "metrics": {"of": [{"type": "auroc"}, {"type": "brier"}]},
        "baseline": {"type": "historical_rate", "by": ["place"]},
        "train": {"type": "gradient_boosting"},
        "evaluate": {"type": "tabular"},
        "deploy": {"card": CARD, "licences": ["CC0-1.0"], "personal_data": ["none"]},
        "rollout": {"replay": {"requests": 60}, "steps": [{"setWeight": 50}]},
    },
}


class Chain:
    """The handles of every step, made in order in a folder that lasts as long as Python does."""

    def __init__(self, modality: str) -> None:
        self.modality, self.registry = modality, Registry()
        self._kept = tempfile.TemporaryDirectory()
        self.folder = Path(self._kept.name).resolve()
        self._made: dict[str, Any] = {"objective": GOAL}

    def __contains__(self, name: str) -> bool:
        """Whether the chain has this step."""
        return name in STEPS[self.modality] or name in self._made

    def __getitem__(self, name: str) -> Any:
        """The handle of a step; `model` is the model as trained."""
        name = "train" if name == "model" else name
        if name not in self._made:
            section = lifecycle.step_section(name)
            spec = {"type": section.default, **STEPS[self.modality][name]}
            if name == "data":
                spec["source"] = {**spec["source"], "path": str(self._source())}
            component = self.registry.component(section.contract.name, spec)
            given = context(self.folder / name, name=NAME)
            self._made[name] = component(taken(section.contract, self, given))
            if name == "deploy":
                released(self._made[name], given.home)
        return self._made[name]

    def _source(self) -> Path:
        if self.modality == "image":
            return drawn(self.folder / "pictures")
        path = self.folder / "rows.csv"
        rows(600, 0).to_csv(path, index=False)
        return path


@cache
def chain(modality: str) -> Chain:
    """The chain of a modality, one for all rehearsals of a process."""
    return Chain(modality)


def taken(contract: Any, handles: Any, given: Any) -> Any:
    """What a stage is handed: each of its inputs by name, and its context."""
    wanted = lifecycle.wanted(contract).items()
    found = {name: handles[name] if needed or name in handles else None for name, needed in wanted}
    acts = {"retrain": no_retraining} if "retrain" in {item.name for item in fields(contract.takes)} else {}
    return contract.takes(**found, **acts, context=given)


def no_retraining(_changes: Any, _why: str) -> Retrained:
    """What a rehearsal answers a stage that asks for a new model: there is none."""
    return Retrained("rehearsal", "a rehearsal trains nothing anew", {}, None)


def released(package: Package, home: Path) -> None:
    """Make a package the version that the runner would have registered."""
    releases.register(home, NAME, package.version, str(package.path))


def staged(plugin: Component[Any, Any], bench: Bench) -> Any:
    """Run a stage on the chain's handles; gives its handle, whose folder must lie in the stage's own."""
    contract, given = lifecycle.contracts()[plugin.kind], bench.context()
    _fitting(plugin, bench)
    inputs = taken(contract, chain(bench.modality), given)
    if "deploy" in lifecycle.wanted(contract):
        released(inputs.deploy, given.home)
    handle = plugin(inputs)
    assert isinstance(handle, contract.gives), f"gives {type(handle).__name__}, not {contract.gives.__name__}"
    path = getattr(handle, "path", given.workdir)
    assert path.resolve().is_relative_to(given.workdir.resolve()), f"{path} is not in the stage's own folder"
    return handle


def _fitting(plugin: Component[Any, Any], bench: Bench) -> None:
    """The plugin is for the task of the bench's data; else the author is told what to ask for."""
    fits = getattr(plugin.facts, "fits", ())
    if fits and TASKS[bench.modality]["type"] not in fits:
        other = next((name for name in STEPS if TASKS[name]["type"] in fits and "data" in STEPS[name]), "")
        how = f"modality={other!r}" if other else "rehearse=..."
        raise AssertionError(f"it fits {', '.join(fits)} only: give contract_tests(..., {how})")


def spoiled(plugin: Component[Any, Any], bench: Bench) -> Any:
    """Run a stage on a dataset whose splits are gone."""
    contract, handles = lifecycle.contracts()[plugin.kind], chain(bench.modality)
    folder = bench.folder / "spoiled"
    shutil.copytree(handles["data"].path, folder, ignore=shutil.ignore_patterns("splits"))
    inputs = taken(contract, handles, bench.context())
    return plugin(replace(inputs, data=replace(inputs.data, path=folder)))
