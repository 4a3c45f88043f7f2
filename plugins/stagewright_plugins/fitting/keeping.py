"""After every epoch: the best weights, a checkpoint to resume from, an event, and whether to stop."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal

import lightning.pytorch as pl

from stagewright.context import Emit

from .checkpoint import SafetensorsIO, save_weights
from .module import Fit

CHECKPOINT = "last.ckpt"
KEPT = ("history", "best", "risen", "stopped")


class Keeping(pl.Callback):
    """The history of epochs and what follows from it.

    Attributes:
        history: per epoch `epoch`, `metrics` (losses, validation metrics, learning rate), `seconds`.
        best: index of the epoch whose weights are kept.
        risen: index of the epoch that patience counts from, the last one better by `min_delta`.
        stopped: why training ended before the last epoch, or empty.
    """

    def __init__(
        self,
        folder: Path,
        key: str,
        direction: Literal["minimize", "maximize"],
        patience: int | None,
        min_delta: float,
        emit: Emit,
    ) -> None:
        self.folder, self.key, self.sign = folder, key, 1 if direction == "maximize" else -1
        self.patience, self.min_delta, self.emit = patience, min_delta, emit
        self.history: list[dict[str, Any]] = []
        self.best = self.risen = -1
        self.stopped = ""

    @property
    def checkpoint(self) -> Path:
        """Where to resume from."""
        return self.folder / CHECKPOINT

    @property
    def weights(self) -> Path:
        """The best weights so far."""
        return self.folder / f"best-{self.best}.safetensors"

    def recall(self) -> bool:
        """Take up the history of an earlier attempt; tells its epochs again. False where there is none."""
        if not self.checkpoint.is_file():
            return False
        kept = SafetensorsIO().load_checkpoint(self.checkpoint)["callbacks"][self.state_key]
        self.load_state_dict(kept)
        for entry in self.history:
            self.emit("epoch", **entry)
        return True

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Note the epoch, keep what is worth keeping, decide whether to go on."""
        assert isinstance(module, Fit)
        entry = self._entry(trainer, module)
        self.history.append(entry)
        outdated, last = self.weights, len(self.history) - 1
        if self._better(self.best):
            self.best = last
            save_weights(module.network.state_dict(), self.weights)
        if self._better(self.risen, self.min_delta):
            self.risen = last
        if self.patience is not None and last - self.risen >= self.patience:
            verb = "risen" if self.sign > 0 else "fallen"
            self.stopped = f"{self.key} has not {verb} for {self.patience} epochs"
            trainer.should_stop = True
        trainer.save_checkpoint(self.checkpoint)  # names the best weights, so it is written after them
        if outdated != self.weights:
            outdated.unlink(missing_ok=True)
        self.emit("epoch", **entry)

    def _entry(self, trainer: pl.Trainer, module: Fit) -> dict[str, Any]:
        losses = {"train_loss": module.trained.value, "val_loss": module.validated.value}
        metrics = {**losses, **module.values}
        metrics["lr"] = float(trainer.optimizers[0].param_groups[0]["lr"])
        seconds = round(time.monotonic() - self._began, 3)
        return {"epoch": trainer.current_epoch, "metrics": metrics, "seconds": seconds}

    def _better(self, than: int, by: float = 0.0) -> bool:
        """Whether the last epoch beats the one of index `than`; a value beats none, none beats nothing."""
        value = self.history[-1]["metrics"].get(self.key)
        known = self.history[than]["metrics"].get(self.key) if than >= 0 else None
        if value is None or known is None:
            return than < 0 or value is not None
        return self.sign * (value - known) > by

    def state_dict(self) -> dict[str, Any]:
        """What a resumed attempt must know."""
        return {name: getattr(self, name) for name in KEPT}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what an earlier attempt knew."""
        for name in KEPT:
            setattr(self, name, state_dict[name])
