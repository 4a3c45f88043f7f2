"""Pictures with bright squares, rules that find them well or badly, and rollouts of one against the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets
import numpy as np

from stagewright import releases
from stagewright.context import Context
from stagewright.plugin.registry import Registry
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Package
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import Inputs as MetricsInputs
from stagewright.stages.objective import Goal
from stagewright.stages.rollout import Decision, Inputs
from stagewright.testing import Heard
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.packaging import rule
from stagewright_plugins.scoring import rules

SIZE = 24
GOOD, BAD = 0.5, 0.78  # grey value between background (about 0.3) and square (about 0.7)
FLAKY = '''
"""A backend that fails now and then, as the rule's own file says."""
import json
from stagewright.stages import deploy
from stagewright_plugins.deploy.backend.rule import rule


@deploy.backend
def flaky(inputs, /):
    """Fails at every n-th call."""
    engine, every, calls = rule(inputs), json.loads((inputs.path / "flaky.json").read_text()), [0]

    def answer(given, outputs=None):
        calls[0] += 1
        if calls[0] > 3 and calls[0] % every == 0:  # it passes the gateway's warm-up
            raise RuntimeError("out of luck")
        return engine(given, outputs)

    return answer
'''


def goal() -> Goal:
    return Goal("find squares", "lab", ())


def a_dataset(folder: Path, count: int = 40) -> Dataset:
    random = np.random.default_rng(3)
    features = datasets.Features(
        id=datasets.Value("string"),
        input=datasets.Array3D((1, SIZE, SIZE), "uint8"),
        target=datasets.Array2D((SIZE, SIZE), "uint8"),
        group=datasets.Value("string"),
    )
    inputs, targets = [], []
    for _ in range(count):
        target = np.zeros((SIZE, SIZE), np.uint8)
        y, x = random.integers(0, SIZE - 12, 2)
        target[y : y + 12, x : x + 12] = 1
        grey = np.where(target, 0.7, 0.3) + random.normal(0, 0.12, target.shape)
        inputs.append((grey.clip(0, 1) * 255).astype(np.uint8)[None])
        targets.append(target)
    rows = {"id": [f"s{i}" for i in range(count)], "input": inputs, "target": targets}
    rows["group"] = [f"g{i % 5}" for i in range(count)]
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(str(folder / "splits" / "test"))
    return Dataset(folder, "v1", "image", {"test": count}, group="site")


@dataclass
class Squares:
    """A project with data, and packages of rules."""

    path: Path
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.framing = Framing(segmentation(goal(), classes=["ground", "square"], size=(SIZE, SIZE)))
        self.data = a_dataset(self.path / "data")
        self.home = self.path / ".stagewright"
        self.project = self.path / "project"
        backend = self.project / "plugins" / "deploy" / "backend" / "flaky.py"
        backend.parent.mkdir(parents=True)
        backend.write_text(FLAKY)
        listed = Registry().component("metrics", {"type": "standard", "of": ["iou"]})
        self.metrics = listed(MetricsInputs(self.framing, self.context("metrics")))

    def context(self, name: str, seed: int = 0) -> Context:
        folder = self.path / "work" / name
        folder.mkdir(parents=True, exist_ok=True)
        resolve = Registry(self.project).component
        return Context(folder, seed, self.heard.emit, self.heard.show, resolve, self.home, "squares")

    def package(self, name: str, threshold: float, fails_every: int = 0) -> Package:
        """A rule with that threshold, packaged and registered."""
        import json

        from stagewright_plugins.packaging import manifest, signature

        source, folder = self.path / "rules" / name, self.path / "packages" / name
        source.mkdir(parents=True)
        rules.write(
            source,
            {"rule": "nearest_centre", "centres": [threshold - 0.2, threshold + 0.2], "classes": [0, 1]},
        )
        version = rule.packaged(source, folder, "squares", self.framing.task)
        if fails_every:
            (folder / "flaky.json").write_text(json.dumps(fails_every))
            said = signature.read(folder) | {"platform": "flaky", "version": ""}
            (folder / signature.SIGNATURE).write_text(signature.dumped(said))
            version = manifest.stamp(folder)
            manifest.write(folder)
        releases.register(self.home, "squares", version, str(folder))
        return Package(folder, "squares", version, {})

    def roll_out(self, package: Package, seed: int = 0, baseline: Any = None, **section: Any) -> Decision:
        """Run the stage with a recipe's section."""
        name = f"rollout-{package.version[:8]}-{seed}-{len(self.heard.events)}"
        context = self.context(name, seed)
        inputs = Inputs(self.framing, self.data, self.metrics, baseline, package, context)
        return Registry(self.project).component("rollout", {"type": "standard", **section})(inputs)

    def champion(self) -> str:
        found = releases.current(self.home, "squares", "champion")
        return found.version if found else ""


STEPS = [
    {"setWeight": 5},
    {"pause": {"minRequests": 100}},
    {"setWeight": 25},
    {"pause": {"minRequests": 100}},
    {"setWeight": 50},
    {"analysis": {"guards": ["iou"], "requests": 700}},
]
GUARDS = [
    {"name": "errors", "metric": "request.error", "test": "event"},
    {
        "name": "iou",
        "metric": "label.iou_mean",
        "test": {"type": "msprt", "minimum": 30},
        "direction": "higher",
        "margin": 0.05,
    },
    {"name": "srm", "test": "srm", "alpha": 0.001},
]
