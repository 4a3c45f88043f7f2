"""One live line while training, where somebody is looking: epoch, loss, the leading metric, time left."""

from __future__ import annotations

import sys
import time

import lightning.pytorch as pl

from .keeping import Keeping


class Progress(pl.Callback):
    """Redraws one line of a terminal; silent where stderr is not a terminal."""

    def __init__(self, keeping: Keeping, epochs: int) -> None:
        self.keeping, self.epochs = keeping, epochs
        self.shown = sys.stderr.isatty()
        self._drawn = 0.0

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Start the clock for the time left."""
        self._began, self._first = time.monotonic(), trainer.current_epoch

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: object, batch: object, index: int
    ) -> None:
        """Redraw at most five times a second."""
        if self.shown and time.monotonic() - self._drawn > 0.2:
            self._draw(trainer, index + 1)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Leave a clean line."""
        self._clear()

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        """Leave a clean line for the error."""
        self._clear()

    def _clear(self) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _draw(self, trainer: pl.Trainer, batch: int) -> None:
        self._drawn = time.monotonic()
        done = trainer.current_epoch + batch / max(trainer.num_training_batches, 1)
        since = done - self._first
        left = (self._drawn - self._began) / since * (self.epochs - done) if since else 0.0
        last = self.keeping.history[-1]["metrics"] if self.keeping.history else {}
        told = [f"{name} {last[name]:.3f}" for name in ("train_loss", self.keeping.key) if name in last]
        bar = "━" * round(24 * done / self.epochs)
        words = "  ".join([f"epoch {trainer.current_epoch + 1}/{self.epochs}", *told, f"{left:.0f} s left"])
        sys.stderr.write(f"\r\x1b[K  {bar:<24}  {words}")
        sys.stderr.flush()
