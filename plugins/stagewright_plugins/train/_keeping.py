"""After every epoch: the best weights, a checkpoint to resume from, an event, and whether to stop."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal

import lightning.pytorch as pl

from stagewright.context import Emit

from ._checkpoint import SafetensorsIO, save_weights
from ._module import Fit

CHECKPOINT = "last.ckpt"


class Keeping(pl.Callback):
    """The history of epochs and what follows from it.

    Attributes:
        history: per epoch `epoch`, `metrics` (losses, validation metrics, learning rate), `seconds`.
        best: index of the epoch whose weights are kept.
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
        self.best = -1
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
        outdated = self.weights
        if self._better():
            self.best = len(self.history) - 1
            save_weights(module.network.state_dict(), self.weights)
        if self.patience is not None and len(self.history) - 1 - self.best >= self.patience:
            self.stopped = (
                f"{self.key} has not risen for {self.patience} epochs"
                if self.sign > 0
                else (f"{self.key} has not fallen for {self.patience} epochs")
            )
            trainer.should_stop = True
        trainer.save_checkpoint(self.checkpoint)  # names the best weights, so it is written after them
        if outdated != self.weights:
            outdated.unlink(missing_ok=True)
        self.emit("epoch", **entry)

    def _entry(self, trainer: pl.Trainer, module: Fit) -> dict[str, Any]:
        metrics = {"train_loss": module.train_loss, "val_loss": module.validation_loss, **module.values}
        metrics["lr"] = float(trainer.optimizers[0].param_groups[0]["lr"])
        seconds = round(time.monotonic() - self._began, 3)
        return {"epoch": trainer.current_epoch, "metrics": metrics, "seconds": seconds}

    def _better(self) -> bool:
        value = self.history[-1]["metrics"].get(self.key)
        if self.best < 0 or value is None:
            return self.best < 0
        known = self.history[self.best]["metrics"].get(self.key)
        return known is None or self.sign * (value - known) > self.min_delta

    def state_dict(self) -> dict[str, Any]:
        """What a resumed attempt must know."""
        return {"history": self.history, "best": self.best, "stopped": self.stopped}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what an earlier attempt knew."""
        self.history, self.best = list(state_dict["history"]), state_dict["best"]
        self.stopped = state_dict["stopped"]
