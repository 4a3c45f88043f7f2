"""Which epoch is best, when to stop, and what a killed attempt leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from stagewright.testing import Heard
from stagewright_plugins.fitting.checkpoint import SafetensorsIO
from stagewright_plugins.fitting.keeping import Keeping
from stagewright_plugins.fitting.module import Fit, Mean


class Trainer:
    """As much of a trainer as `Keeping` looks at."""

    def __init__(self, keeping: Keeping) -> None:
        self.keeping, self.current_epoch, self.should_stop = keeping, 0, False
        self.optimizers = [SimpleNamespace(param_groups=[{"lr": 0.5}])]

    def save_checkpoint(self, path: Path) -> None:
        state = {"callbacks": {self.keeping.state_key: self.keeping.state_dict()}}
        SafetensorsIO().save_checkpoint(state, path)


def made(folder: Path, direction: Any = "maximize", patience: int | None = None, delta: float = 0.0) -> Any:
    heard = Heard()
    keeping = Keeping(folder, "iou", direction, patience, delta, heard.emit)
    return keeping, heard


def epochs(keeping: Keeping, values: list[float | None]) -> Iterator[Trainer]:
    """One epoch for each value of the leading metric; the weights hold the epoch's number."""
    trainer = Trainer(keeping)
    for value in values:
        module = Fit.__new__(Fit)
        torch.nn.Module.__init__(module)
        module.network = torch.nn.Linear(1, 1)
        torch.nn.init.constant_(module.network.weight, trainer.current_epoch)
        module.trained, module.validated = Mean(3.0, 2), Mean(4.0, 2)
        module.values = {} if value is None else {"iou": value}
        keeping.on_train_epoch_start(trainer, module)
        keeping.on_train_epoch_end(trainer, module)
        yield trainer
        trainer.current_epoch += 1


def kept_epoch(keeping: Keeping) -> float:
    from safetensors.torch import load_file

    return load_file(keeping.weights)["weight"].item()


@pytest.mark.parametrize(
    ("direction", "values", "best"),
    [
        ("maximize", [0.1, 0.3, 0.2], 1),
        ("minimize", [0.1, 0.3, 0.05], 2),
        ("maximize", [0.2, 0.2, 0.2], 0),  # the first of equals
        ("maximize", [None, 0.1, None], 1),  # a class that no sample has: no value
        ("minimize", [None, None], 0),
    ],
)
def test_the_weights_of_the_best_epoch_are_kept(
    tmp_path: Path, direction: str, values: list[float | None], best: int
) -> None:
    keeping, _ = made(tmp_path, direction)
    list(epochs(keeping, values))
    assert keeping.best == best
    assert kept_epoch(keeping) == best
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"best-{best}.safetensors", "last.ckpt"]


def test_an_epoch_is_told_with_losses_metrics_and_rate(tmp_path: Path) -> None:
    keeping, heard = made(tmp_path)
    list(epochs(keeping, [0.25]))
    (event,) = heard.events
    assert (event["event"], event["epoch"]) == ("epoch", 0)
    assert event["metrics"] == {"train_loss": 1.5, "val_loss": 2.0, "iou": 0.25, "lr": 0.5}
    assert event["seconds"] >= 0


def test_patience_counts_from_the_last_better_epoch(tmp_path: Path) -> None:
    keeping, _ = made(tmp_path, patience=2)
    stops = [trainer.should_stop for trainer in epochs(keeping, [0.1, 0.05, 0.2, 0.2, 0.1])]
    assert stops == [False, False, False, False, True]
    assert keeping.stopped == "iou has not risen for 2 epochs"


def test_too_little_better_ends_training_but_is_kept(tmp_path: Path) -> None:
    keeping, _ = made(tmp_path, "minimize", patience=2, delta=0.1)
    stops = [trainer.should_stop for trainer in epochs(keeping, [0.5, 0.45, 0.42])]
    assert stops == [False, False, True]
    assert keeping.stopped == "iou has not fallen for 2 epochs"
    assert kept_epoch(keeping) == keeping.best == 2


def test_little_by_little_is_better_in_the_end(tmp_path: Path) -> None:
    keeping, _ = made(tmp_path, patience=3, delta=0.1)
    stops = [trainer.should_stop for trainer in epochs(keeping, [0.1, 0.15, 0.21, 0.25, 0.32])]
    assert not any(stops)


def test_without_patience_it_never_stops(tmp_path: Path) -> None:
    keeping, _ = made(tmp_path)
    assert not any(trainer.should_stop for trainer in epochs(keeping, [0.5] * 10))


def test_another_attempt_knows_and_tells_what_was(tmp_path: Path) -> None:
    first, heard = made(tmp_path, patience=2)
    list(epochs(first, [0.3, 0.1, 0.2]))
    second, told = made(tmp_path, patience=2)
    assert second.recall()
    assert second.state_dict() == first.state_dict()
    assert told.events == heard.events
    assert kept_epoch(second) == 0


def test_the_first_attempt_has_nothing_to_recall(tmp_path: Path) -> None:
    keeping, heard = made(tmp_path)
    assert not keeping.recall()
    assert heard.events == []


def test_killed_between_best_weights_and_checkpoint_the_older_best_is_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping, _ = made(tmp_path)
    list(epochs(keeping, [0.1]))

    def killed(trainer: Trainer, path: Path) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(Trainer, "save_checkpoint", killed)
    with pytest.raises(RuntimeError, match="killed"):
        list(epochs(keeping, [0.2]))
    again, _ = made(tmp_path)
    assert again.recall()
    assert again.weights.is_file()
    assert kept_epoch(again) == 0
