"""Everything around Lightning's own loop: build, resume, fit, keep the best weights, tell how it went."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn

from stagewright.contract import Component
from stagewright.errors import StepError
from stagewright.report.blocks import Facts, Lines, Series
from stagewright.stages.train import Inputs, Model
from stagewright_plugins.scoring.values import build

from .checkpoint import SafetensorsIO
from .keeping import Keeping
from .kinds import Kind, kind_of
from .module import Fit
from .progress import Progress
from .surroundings import cpu_threads, interruptible, quiet, repeatable

PART = Component[Any, Any]


@dataclass(frozen=True)
class Plan:
    """The settings of one training, by the names that `train/lightning.py` documents."""

    model: PART
    loss: PART
    optimizer: PART
    scheduler: PART
    augment: tuple[PART, ...]
    max_epochs: int
    batch_size: int
    patience: int | None
    min_delta: float
    gradient_clip: float | None
    accumulate: int
    precision: str = "auto"
    threads: int | None = None
    deterministic: bool = True
    title: str = "Training"


def fit(
    inputs: Inputs, plan: Plan, network: nn.Module | None = None, module: Callable[..., Fit] = Fit
) -> Model:
    """Train one model; see `train/lightning.py`.

    Args:
        inputs: what training looks at.
        plan: the settings.
        network: to go on from; a new one from `plan.model` if not given, which must be able to rebuild it.
        module: makes the Lightning module, as `Fit` does; for a training step of another kind.
    """
    context, task = inputs.context, inputs.framing.task
    folder = context.workdir / ".resume"
    folder.mkdir(parents=True, exist_ok=True)
    leading = inputs.metrics.metrics[0]
    keeping = Keeping(folder, leading.keys[0], leading.direction, plan.patience, plan.min_delta, context.emit)
    resumed = keeping.recall()
    with cpu_threads(plan.threads):
        torch.manual_seed(context.seed)
        network = (network or plan.model(task)).to(memory_format=torch.channels_last)
        kind = kind_of(inputs, plan, module)
        if not keeping.stopped and len(keeping.history) < plan.max_epochs:
            fitted = kind.module(
                network,
                plan.loss(task),
                plan.optimizer,
                plan.scheduler,
                inputs.metrics,
                build(inputs.metrics, task, context),
            )
            _train(inputs, plan, fitted, kind, keeping, resumed)
    shutil.copyfile(keeping.weights, context.workdir / "model.safetensors")
    kind.leave(context.workdir)
    parameters = sum(part.numel() for part in network.parameters() if part.requires_grad)
    return _finished(inputs, plan, keeping, parameters)


def _train(inputs: Inputs, plan: Plan, module: Fit, kind: Kind, keeping: Keeping, resumed: bool) -> None:
    precision = _precision(plan.precision)
    with quiet(), interruptible(), repeatable(plan.deterministic):
        trainer = pl.Trainer(
            accelerator="auto",
            devices=1,
            precision=precision,  # type: ignore[arg-type]
            max_epochs=plan.max_epochs,
            gradient_clip_val=plan.gradient_clip,
            accumulate_grad_batches=plan.accumulate,
            callbacks=[keeping, Progress(keeping, plan.max_epochs)],
            plugins=[SafetensorsIO()],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            default_root_dir=keeping.folder,
        )
        trainer.fit(
            module, kind.train, kind.validation, ckpt_path=str(keeping.checkpoint) if resumed else None
        )


def _precision(asked: str) -> str:
    """The number format for this machine; raises StepError where it cannot do what is asked for."""
    if asked == "16-mixed" and not torch.accelerator.is_available():
        raise StepError(
            "train.precision 16-mixed needs a GPU and there is none here: use auto, 32-true or bf16-mixed"
        )
    if asked != "auto":
        return asked
    # An old GPU emulates bfloat16, which is slower than 32 bit.
    native = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bf16-mixed" if native else "32-true"


def _device() -> str:
    """What Lightning chose, as the report calls it."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return str(torch.accelerator.current_accelerator() or f"CPU, {torch.get_num_threads()} threads")


def _finished(inputs: Inputs, plan: Plan, keeping: Keeping, parameters: int) -> Model:
    workdir, best = inputs.context.workdir, keeping.history[keeping.best]
    losses = ("train_loss", "val_loss", "lr")
    validation = {key: value for key, value in best["metrics"].items() if key not in losses}
    # Without times, so that the same training leaves the same bytes.
    epochs = [{name: entry[name] for name in ("epoch", "metrics")} for entry in keeping.history]
    told = {"best": keeping.best, "stopped": keeping.stopped, "epochs": epochs}
    (workdir / "history.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    _show(inputs, plan, keeping, parameters)
    return Model(workdir, "torch", plan.model.spec(), validation, parameters)


def _show(inputs: Inputs, plan: Plan, keeping: Keeping, parameters: int) -> None:
    history = keeping.history
    epochs = [entry["epoch"] + 1 for entry in history]

    def series(key: str, name: str) -> Series:
        return Series(name, epochs, [entry["metrics"].get(key) for entry in history])

    heads = [spec.keys[0] for spec in inputs.metrics.metrics]
    ranged = [key for key, spec in zip(heads, inputs.metrics.metrics, strict=True) if spec.high == 1]
    facts = {
        "Model": plan.model.type,
        "Parameters": parameters,
        "Epochs": f"{len(history)} of {plan.max_epochs}"
        + (f"; {keeping.stopped}" if keeping.stopped else ""),
        "Weights kept": f"epoch {keeping.best + 1}, best {keeping.key} on validation",
        "Device": _device(),
        "Seconds per epoch": round(sum(entry["seconds"] for entry in history) / len(history), 2),
    }
    samples = "augmented" if plan.augment else "train"
    inputs.context.show(
        Facts(plan.title, facts=facts),
        Lines(
            "Loss",
            caption=f"Train loss is measured on {samples} samples while the weights move, the other after.",
            series=[series("train_loss", "train"), series("val_loss", "validation")],
            x_label="epoch",
            y_label="loss",
        ),
        Lines(
            "Validation metrics",
            caption="On the validation split, after each epoch.",
            series=[series(key, key) for key in ranged or heads],
            x_label="epoch",
            y_label="value",
        ),
        Lines("Learning rate", series=[series("lr", "lr")], x_label="epoch", y_label="lr", folded=True),
    )
