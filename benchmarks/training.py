"""What training through the stage costs, against a plain Lightning script that does the same by hand.

    python benchmarks/training.py [ROUNDS] [EPOCHS]

Both fit the same network with the same loss, optimizer, schedule and augmentation to the same few slices of
simulated scanners, score the validation split and write best weights and a checkpoint after every epoch. They
take turns inside one process on one core, so imports count for neither. The script knows what the stage
knows: samples in memory, channels last. Aim: the stage takes at most 1.05 times the script's wall time.
CPU time is printed beside it, because other work on the machine disturbs it less.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: several would wait for whoever else is busy

import json
import logging
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import lightning.pytorch as pl
import numpy as np
import torch
from _timing import ratio, told
from datasets import load_from_disk
from lightning.pytorch.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader
from torchmetrics.classification import MulticlassF1Score, MulticlassJaccardIndex

from running import SMALL, new_project
from stagewright.context import Context
from stagewright.stages import data, metrics, train
from stagewright.stages.framing import Framing, Task
from stagewright.stages.objective import Goal
from stagewright.testing import context
from stagewright_plugins.data import standard as data_stage
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.metrics import standard as metrics_stage
from stagewright_plugins.train.augment.geometric import geometric
from stagewright_plugins.train.lightning import lightning
from stagewright_plugins.train.loss.dice_cross_entropy import dice_cross_entropy
from stagewright_plugins.train.model.unet import unet

SEED = 7
BATCH = 8
RATE = 3e-3
SCANNERS = 12
TRAINING_ONLY = tuple(f"~{section}" for section in ("compress", "deploy", "rollout", "monitor"))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    quiet()
    with tempfile.TemporaryDirectory() as scratch:
        bench = prepared(Path(scratch))
        works = {"train stage": by_recipe, "plain Lightning script": by_hand}
        wall: dict[str, list[float]] = {name: [] for name in works}
        cpu: dict[str, list[float]] = {name: [] for name in works}
        reached: dict[str, float] = {}
        for number in range(rounds + 1):  # the first one warms up
            for name, work in sorted(works.items(), reverse=bool(number % 2)):
                took, used, reached[name] = timed(work, bench, epochs)
                if number:
                    wall[name].append(took)
                    cpu[name].append(used)
        print(f"{epochs} epochs of {bench.count} slices, one core, {rounds} rounds")
        print(told(wall))
        print("mean IoU on validation:", ", ".join(f"{name} {value:.3f}" for name, value in reached.items()))
        print(f"wall: {ratio(wall, *works)}, {paired(wall):.3f} (median of pairs)   (aim: at most 1.05)")
        print(f"CPU:  {ratio(cpu, *works)}, {paired(cpu):.3f} (median of pairs)")
        around(Path(scratch) / "project")


@dataclass(frozen=True)
class Bench:
    """What both are given, and where the next one may write."""

    task: Task
    data: data.Dataset
    folder: Path

    @property
    def count(self) -> int:
        """Samples to learn from."""
        return self.data.counts["train"]


Work = Callable[[Bench, Path, int], float]


def prepared(scratch: Path) -> Bench:
    """The dataset, as the recipe brain_tissue makes it, but small."""
    task = segmentation(Goal("p", "o", ()), classes=("background", "grey", "white"), size=(96, 96))
    given = context(scratch / "data", SEED)
    source = {"type": "nilearn_template_slices", "scanners": SCANNERS, "slices_per_scanner": 8}
    split = {"type": "grouped", "train": 0.7, "validation": 0.15, "test": 0.15}
    dataset = data_stage.standard(
        data.Inputs(Framing(task), given),
        source=given.resolve("data.source", source),
        quality=[given.resolve("data.quality", {"type": "area"})],
        curate=["area.grey > 0.02"],
        duplicates=None,
        split=given.resolve("data.split", split),
    )
    return Bench(task, dataset, scratch)


def timed(work: Work, bench: Bench, epochs: int) -> tuple[float, float, float]:
    """Seconds of wall and CPU time, and the mean IoU that was reached; writes into a new folder."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        began, used = time.perf_counter(), time.process_time()
        reached = work(bench, Path(folder), epochs)
        return time.perf_counter() - began, time.process_time() - used, reached


def paired(times: Mapping[str, list[float]]) -> float:
    """Median over the rounds of the first one's time as a share of the second one's."""
    return statistics.median(first / second for first, second in zip(*times.values(), strict=True))


# ---- through the stage --------------------------------------------------------------------------------


def by_recipe(bench: Bench, folder: Path, epochs: int) -> float:
    given = context(folder, SEED)
    inputs = train.Inputs(Framing(bench.task), bench.data, measured(bench.task, given), given)
    model = lightning(
        inputs,
        model=given.resolve("train.model", {"type": "unet"}),
        loss=given.resolve("train.loss", {"type": "dice_cross_entropy"}),
        optimizer=given.resolve("train.optimizer", {"type": "adamw", "lr": RATE}),
        scheduler=given.resolve("train.scheduler", {"type": "one_cycle"}),
        augment=[given.resolve("train.augment", {"type": "geometric"})],
        max_epochs=epochs,
        batch_size=BATCH,
    )
    return model.validation["iou_mean"]


def measured(task: Task, given: Context) -> metrics.MetricSet:
    named = [given.resolve("metrics.metric", {"type": name}) for name in ("iou", "dice")]
    return metrics_stage.standard(metrics.Inputs(Framing(task), given), of=named)


# ---- by hand ------------------------------------------------------------------------------------------


def by_hand(bench: Bench, folder: Path, epochs: int) -> float:
    torch.manual_seed(SEED)
    augment = geometric(train.AugmentInputs(bench.task))
    learn, check = (Slices(bench.data.path / "splits" / name) for name in ("train", "validation"))
    learn.augment = lambda pair: augment(*pair, torch.default_generator)
    module = Plain(bench.task)
    checkpoints = [
        ModelCheckpoint(folder, "best", "val_iou", mode="max", save_weights_only=True),
        ModelCheckpoint(folder, "last"),
    ]
    trainer = pl.Trainer(
        max_epochs=epochs,
        callbacks=checkpoints,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    loaders = DataLoader(learn, BATCH, shuffle=True), DataLoader(check, 2 * BATCH)
    trainer.fit(module, *loaders)
    return float(checkpoints[0].best_model_score)


class Slices(torch.utils.data.Dataset):
    """A split in memory, optionally changed anew each time a sample is asked for."""

    def __init__(self, folder: Path) -> None:
        rows = load_from_disk(str(folder)).with_format("numpy")[:]
        self.inputs = torch.from_numpy(np.stack(rows["input"]))
        self.targets = torch.from_numpy(np.stack(rows["target"]))
        self.augment: Callable[..., tuple[torch.Tensor, torch.Tensor]] | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        pair = self.inputs[row].float() / 255, self.targets[row].long()
        return self.augment(pair) if self.augment else pair


class Plain(pl.LightningModule):
    """What a person would write for this one problem."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.network = unet(task).to(memory_format=torch.channels_last)
        self.loss = dice_cross_entropy(task)
        self.iou = MulticlassJaccardIndex(len(task.classes))
        self.dice = MulticlassF1Score(len(task.classes), average="macro")

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.network(inputs.contiguous(memory_format=torch.channels_last))

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _index: int) -> torch.Tensor:
        inputs, targets = batch
        loss = self.loss(self(inputs), targets)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _index: int) -> None:
        inputs, targets = batch
        logits = self(inputs)
        self.log("val_loss", self.loss(logits, targets))
        self.iou.update(logits, targets)
        self.dice.update(logits, targets)
        self.log("val_iou", self.iou)
        self.log("val_dice", self.dice)

    def configure_optimizers(self) -> dict[str, object]:
        optimizer = torch.optim.AdamW(self.parameters(), RATE, weight_decay=1e-4)
        steps = int(self.trainer.estimated_stepping_batches)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}


# ---- around it ----------------------------------------------------------------------------------------


def around(folder: Path) -> None:
    """Print what a run of the same recipe costs outside its steps."""
    project = new_project(folder)
    began = time.perf_counter()
    project("run", "brain_tissue", *SMALL, *TRAINING_ONLY, code=None)
    whole = time.perf_counter() - began
    events = (Path(project.shown()["folder"]) / "events.jsonl").read_text().splitlines()
    finished = [event for event in map(json.loads, events) if event["event"] == "step_finished"]
    steps = {event["step"]: event["seconds"] for event in finished}
    outside = whole - sum(steps.values())
    print(
        f"`stagewright run` of a smaller one, from an empty project, 2 epochs: {whole:.1f} s, of it "
        + ", ".join(f"{name} {took:.1f} s" for name, took in steps.items() if took > 0.05)
        + f"; outside the steps (start, check, plan, record, report) {outside:.1f} s"
    )


def quiet() -> None:
    warnings.simplefilter("ignore")
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)


if __name__ == "__main__":
    main()
