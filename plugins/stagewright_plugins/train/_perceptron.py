"""A perceptron over the columns of a table: the network, Lightning's loop around it, the graph it leaves."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn

from stagewright.errors import StepError
from stagewright.stages.train import Inputs, Model
from stagewright_plugins.fitting.surroundings import cpu_threads, interruptible, quiet
from stagewright_plugins.scoring.values import build
from stagewright_plugins.tables.predicting import MODEL
from stagewright_plugins.tables.reading import Rows, columns, read
from stagewright_plugins.tables.scaling import Scaling, scaling

from ._history import History
from ._perceptron_graph import exported


@dataclass(frozen=True)
class Plan:
    """The settings of the stage."""

    layers: tuple[int, ...]
    embedding: int
    dropout: float
    lr: float
    weight_decay: float
    max_epochs: int
    batch_size: int
    minimum_category: int
    patience: int
    threads: int


def fitted(inputs: Inputs, plan: Plan) -> Model:
    """Train one model; see `train/table_mlp.py`."""
    context, task = inputs.context, inputs.framing.task
    train, validation = read(inputs.data, "train"), read(inputs.data, "validation")
    scaled = scaling(columns(inputs.data), train, plan.minimum_category)
    history = History(inputs.metrics, build(inputs.metrics, task, context), context.emit, plan.patience)
    with cpu_threads(plan.threads), quiet(), interruptible():
        torch.manual_seed(context.seed)
        network = Perceptron(scaled, plan, len(task.classes))
        fit = Fit(network, plan, history, Tensors.of(scaled, validation))
        _trainer(plan, context.workdir / ".resume").fit(
            fit, Batches(Tensors.of(scaled, train), plan, context.seed)
        )
    network.load_state_dict(fit.kept)
    exported(network, scaled, context.workdir / MODEL)
    history.write(context.workdir)
    parameters = sum(part.numel() for part in network.parameters())
    about = {"Model": "table_mlp", "Parameters": parameters, "Rows": len(train.ids)}
    context.show(*history.blocks(about, "epoch"))
    spec = {"type": "table_mlp", **asdict(plan), "layers": list(plan.layers)}
    return Model(context.workdir, "onnx", spec, history.values, parameters)


class Perceptron(nn.Module):
    """(numbers (N, 2 F), codes (N, C)) → logits (N, K)."""

    def __init__(self, scaled: Scaling, plan: Plan, classes: int) -> None:
        super().__init__()
        sizes = [len(known) + 1 for known in scaled.indices.values()]
        widths = [min(plan.embedding, (size + 1) // 2) for size in sizes]
        self.embeddings = nn.ModuleList(nn.Embedding(s, w) for s, w in zip(sizes, widths, strict=True))
        wide = [2 * len(scaled.numbers) + sum(widths), *plan.layers]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(wide))
        self.last = nn.Linear(wide[-1], classes)
        self.dropout = nn.Dropout(plan.dropout)

    def forward(self, numbers: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        """Logits."""
        parts = [numbers, *(each(codes[:, i]) for i, each in enumerate(self.embeddings))]
        found = torch.cat(parts, dim=1)
        for layer in self.hidden:
            found = self.dropout(torch.relu(layer(found)))
        logits: torch.Tensor = self.last(found)
        return logits


@dataclass(frozen=True)
class Tensors:
    """A split: numbers (N, 2 F), codes (N, C), targets (N,)."""

    numbers: torch.Tensor
    codes: torch.Tensor
    targets: torch.Tensor

    @staticmethod
    def of(scaled: Scaling, rows: Rows) -> Tensors:
        """Rows as the network takes them."""
        numbers, codes = scaled.numeric(rows.inputs), scaled.codes(rows.inputs)
        return Tensors(*map(torch.from_numpy, (numbers, codes, rows.targets)))


class Batches:
    """Shuffled batches; the order follows from seed and epoch."""

    def __init__(self, split: Tensors, plan: Plan, seed: int) -> None:
        self._split, self._size, self._seed, self._epoch = split, plan.batch_size, seed, 0

    def __len__(self) -> int:
        return math.ceil(len(self._split.targets) / self._size)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        generator = torch.Generator().manual_seed(self._seed * 100_003 + self._epoch)
        self._epoch += 1
        for rows in torch.randperm(len(self._split.targets), generator=generator).split(self._size):
            yield self._split.numbers[rows], self._split.codes[rows], self._split.targets[rows]


class Fit(pl.LightningModule):
    """Trains the network; after each epoch the validation split is judged and the best weights are kept."""

    def __init__(self, network: Perceptron, plan: Plan, history: History, held: Tensors) -> None:
        super().__init__()
        self.network, self.plan, self.history, self.held = network, plan, history, held
        self.kept: dict[str, Any] = {}
        self._total, self._rows = 0.0, 0

    def on_train_epoch_start(self) -> None:
        """Start the clock and the mean loss."""
        self._began, self._total, self._rows = time.monotonic(), 0.0, 0

    def training_step(self, batch: tuple[torch.Tensor, ...], _index: int) -> torch.Tensor:
        """Cross entropy of a batch; raises StepError where it is not a number."""
        numbers, codes, targets = batch
        loss = nn.functional.cross_entropy(self.network(numbers, codes), targets)
        if not torch.isfinite(loss):
            raise StepError(
                f"the training loss is {float(loss)} in epoch {self.current_epoch + 1}: lower train.lr"
            )
        self._total += float(loss.detach()) * len(targets)
        self._rows += len(targets)
        return loss

    def on_train_epoch_end(self) -> None:
        """Judge, keep the weights if they are the best so far, decide whether to go on."""
        self.network.eval()
        with torch.no_grad():
            held = self.held
            logits = self.network(held.numbers.to(self.device), held.codes.to(self.device)).float().cpu()
        self.network.train()
        losses = {
            "train_loss": self._total / max(self._rows, 1),
            "val_loss": float(nn.functional.cross_entropy(logits, held.targets)),
        }
        seconds = time.monotonic() - self._began
        if self.history.add(losses, logits.softmax(1).numpy(), held.targets.numpy(), seconds):
            self.kept = copy.deepcopy(
                {name: value.cpu() for name, value in self.network.state_dict().items()}
            )
        self.trainer.should_stop = bool(self.history.stopped)

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle of the learning rate (Smith and Topin, 2018)."""
        plan = self.plan
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=plan.lr, weight_decay=plan.weight_decay)
        steps = int(self.trainer.estimated_stepping_batches)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=plan.lr, total_steps=max(steps, 2))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}


def _trainer(plan: Plan, folder: Any) -> pl.Trainer:
    return pl.Trainer(
        accelerator="cpu",  # a table's batch is too small for a GPU to be faster
        devices=1,
        max_epochs=plan.max_epochs,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
    )
