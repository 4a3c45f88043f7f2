"""A project like one that grew: a bundled recipe and a hundred in-house plugins, ten of which it names."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import yaml

from stagewright import lifecycle
from stagewright.scaffold.example import example

NAMED = {
    "data.quality": 3, "data.split": 1, "train.augment": 2, "train.loss": 1, "train.optimizer": 1,
    "train.scheduler": 1, "monitor.detector": 1,
}  # fmt: skip


def project(folder: Path, recipe: Path, plugins: int) -> Path:
    """Write the plugins, spread over all kinds, and the recipe with ten of them; gives the recipe's path."""
    made: dict[str, list[str]] = {kind: [] for kind in lifecycle.contracts()}
    kinds = [kind for kind, least in NAMED.items() for _ in range(least)]
    numbers = count()
    while sum(map(len, made.values())) < plugins:
        kind = kinds.pop(0) if kinds else list(made)[next(numbers) % len(made)]
        name = f"house_{len(made[kind])}"
        path = folder / "plugins" / kind.replace(".", "/") / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example(kind).named(name), encoding="utf-8")
        made[kind].append(name)
    config = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    data, train = config["data"], config["train"]
    data["quality"] = ["area", "sharpness", *made["data.quality"][: NAMED["data.quality"]]]
    data["split"] = {"type": made["data.split"][0]}
    train["augment"] = made["train.augment"][: NAMED["train.augment"]]
    train |= {part: {"type": made[f"train.{part}"][0]} for part in ("loss", "optimizer", "scheduler")}
    config["monitor"]["detectors"] = ["numeric", made["monitor.detector"][0]]
    path = folder / "recipes" / recipe.name
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path
