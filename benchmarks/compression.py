"""What each compression step saves: bytes, latency by turns with the fp32 file, headline metric on validation.

    python benchmarks/compression.py [PROJECT] [THREADS]

PROJECT is a folder in which a recipe was run (its newest trained model is taken); without one, a small U-Net is
trained on drawn squares. Ratios are to the model as trained, exported as fp32 ONNX.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
from pydantic import TypeAdapter

from stagewright.stages import compress, data, framing, metrics, train
from stagewright.stages.objective import Goal
from stagewright.stages.scores import Scores
from stagewright.testing import context
from stagewright_plugins.compress._measuring import Meter
from stagewright_plugins.compress._workshop import Workshop

STEPS: dict[str, list[dict[str, Any]]] = {
    "onnx_int8": [{"type": "onnx_int8"}],
    "int8_static": [{"type": "int8_static"}],
    "prune 0.75": [{"type": "prune", "keep": 0.75, "max_epochs": 3}],
    "prune 0.75 + int8_static": [{"type": "prune", "keep": 0.75, "max_epochs": 3}, {"type": "int8_static"}],
    "prune 0.5": [{"type": "prune", "keep": 0.5, "max_epochs": 3}],
    "prune 0.5 + int8_static": [{"type": "prune", "keep": 0.5, "max_epochs": 3}, {"type": "int8_static"}],
    "distill": [{"type": "distill", "student": {"type": "unet", "width": 6}, "max_epochs": 6}],
}
SPLITS = {"train": 120, "validation": 32, "test": 8}


def main() -> None:
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        found = of_project(Path(sys.argv[1]), work) if len(sys.argv) > 1 else small(work)
        print(f"{found.model.spec}, {found.data.counts}, {threads} thread(s)\n")
        measure(found, threads)


def measure(inputs: compress.Inputs, threads: int) -> None:
    workshop = Workshop(inputs)
    meter = Meter(inputs, workshop.trained, (), 4, 10, threads)
    reference = meter.measured(workshop.trained)
    key = inputs.metrics.metrics[0].keys[0]
    print(
        f"{'':<26} {'bytes':>9} {'ratio':>6} {'p50 ms':>8} {'ratio':>6} {key:>9} {'drop':>8} {'made in':>9}"
    )
    told("as trained", reference, reference, meter, key, 0.0)
    for name, specs in STEPS.items():
        began = time.perf_counter()
        steps = [inputs.context.resolve("compress.step", spec) for spec in specs]
        variant = workshop.chain(steps)[-1]  # what a line before it made is taken up again
        seconds = time.perf_counter() - began
        told(name, meter.measured(variant), reference, meter, key, seconds)


def told(name: str, result: Any, reference: Any, meter: Meter, key: str, seconds: float) -> None:
    cost = meter.cost(result, reference)
    print(
        f"{name:<26} {cost.bytes:>9,} {cost.size_ratio:>6.3f} {cost.latency_ms['p50']:>8.2f} "
        f"{cost.latency_ratio:>6.3f} {result.scored.values[key]:>9.4f} {cost.drop[key]:>+8.4f} {seconds:>7.1f} s",
        flush=True,
    )


def of_project(project: Path, work: Path) -> compress.Inputs:
    """The newest trained model of a project, with its data and metrics; its store is only read."""
    home = project / ".stagewright"
    for record in sorted(home.glob("runs/*/record.json"), reverse=True):
        steps = {step["step"]: step for step in json.loads(record.read_text())["steps"] if "output" in step}
        trained = [name for name in steps if name.split("/")[0] == "train"]
        if trained:
            break
    else:
        raise SystemExit(f"no run in {home} has trained a model")

    def handle(step: str, kind: Any) -> Any:
        made = TypeAdapter(kind).validate_python(steps[step]["output"])
        placed = {item.name: getattr(made, item.name) for item in fields(made)}
        folder = home / "store" / steps[step]["artifact"]
        paths = {name: folder / value for name, value in placed.items() if isinstance(value, Path)}
        return replace(made, **paths)

    return compress.Inputs(
        handle("framing", framing.Framing),
        handle("data", data.Dataset),
        handle("metrics", metrics.MetricSet),
        handle(trained[0], train.Model),
        Scores(work, "test", {}),
        context(work / "work", seed=7),
    )


def small(work: Path) -> compress.Inputs:
    """A U-Net trained for a few epochs on squares."""
    ctx = context(work / "train", seed=7)
    task = ctx.resolve(
        "framing.task", {"type": "segmentation", "classes": ["air", "cell"], "size": [96, 96]}
    )(Goal("p", "o", ()))
    framed, dataset = framing.Framing(task), drawn(work / "data")
    iou = ctx.resolve("metrics", {"type": "standard", "of": ["iou"]})(metrics.Inputs(framed, ctx))
    stage = ctx.resolve("train", {"type": "lightning", "model": {"type": "unet"}, "max_epochs": 4})
    model = stage(train.Inputs(framed, dataset, iou, ctx))
    return compress.Inputs(
        framed, dataset, iou, model, Scores(work, "test", {}), context(work / "work", seed=7)
    )


def drawn(folder: Path) -> data.Dataset:
    random = np.random.default_rng(0)
    for split, count in SPLITS.items():
        masks = np.zeros((count, 96, 96), dtype=np.uint8)
        for mask, y, x in zip(masks, *random.integers(4, 60, (2, count)), strict=True):
            mask[y : y + 30, x : x + 24] = 1
        noise = random.normal(90, 25, (count, 1, 96, 96))
        pictures = (noise + 60 * masks[:, None]).clip(0, 255).astype(np.uint8)
        names = [f"{split}{i}" for i in range(count)]
        columns = {"id": names, "input": list(pictures), "target": list(masks), "group": [""] * count}
        kinds = datasets.Features(
            id=datasets.Value("string"),
            input=datasets.Array3D((1, 96, 96), "uint8"),
            target=datasets.Array2D((96, 96), "uint8"),
            group=datasets.Value("string"),
        )
        datasets.Dataset.from_dict(columns, features=kinds).save_to_disk(str(folder / "splits" / split))
    import pandas as pd

    pd.DataFrame({"id": []}).to_parquet(folder / "quality.parquet")
    return data.Dataset(folder, "v", "image", SPLITS)


if __name__ == "__main__":
    main()
