"""Training through the stage: it learns, repeats, resumes, stops, and says what is wrong."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from stagewright.errors import BudgetExceeded, StepError
from stagewright.stages.data import Dataset
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.stages.framing import Task
from stagewright.stages.train import ScheduleInputs
from stagewright.testing import Heard, context
from stagewright_plugins.fitting.fit import _precision
from stagewright_plugins.fitting.loading import in_memory
from stagewright_plugins.train.lightning import EarlyStopping
from stagewright_plugins.train.loss.dice import dice
from stagewright_plugins.train.model.unet import unet
from stagewright_plugins.train.scheduler.one_cycle import one_cycle

# Everything that draws random numbers or keeps a state, so that a resume has something to get wrong.
LIVELY: dict[str, Any] = {
    "model": {"type": "unet", "width": 2, "depth": 1, "dropout": 0.2},
    "augment": ["geometric", "scanner"],
    "max_epochs": 4,
    "accumulate": 2,
    "gradient_clip": 1.0,
}
LEARNING = {"optimizer": {"type": "adamw", "lr": 0.03}, "max_epochs": 8}
Stage = Any


def at_call(number: int, act: Callable[[], object]) -> Callable[[Any], Any]:
    """An augmentation that does nothing to a sample, and something at its `number`-th call."""
    calls = []

    def augment(_inputs: Any, /) -> Any:
        def change(one: Any, true: Any, _generator: Any) -> Any:
            calls.append(1)
            if len(calls) == number:
                act()
            return one, true

        return change

    return augment


def told(heard: Heard) -> list[dict[str, Any]]:
    """The epochs, but for the seconds they took."""
    return [
        {key: value for key, value in event.items() if key != "seconds"}
        for event in heard.events
        if event["event"] == "epoch"
    ]


def fail() -> None:
    raise RuntimeError("the machine went away")


# ---- what it leaves -----------------------------------------------------------------------------------


def test_it_learns_and_tells_how(stage: Stage) -> None:
    heard = Heard()
    model = stage(heard=heard, **LEARNING)
    history = stage.history()
    first, last = history["epochs"][0]["metrics"], history["epochs"][-1]["metrics"]
    assert [entry["epoch"] for entry in history["epochs"]] == list(range(8))
    assert last["train_loss"] < 0.8 * first["train_loss"]
    assert last["val_loss"] < first["val_loss"]
    assert model.validation["iou_mean"] > 0.7
    assert told(heard) == [{"event": "epoch", **entry} for entry in history["epochs"]]
    assert {key.split("_")[0].split(".")[0] for key in model.validation} == {"iou", "dice"}


def test_the_train_loss_is_the_epoch_s_own(stage: Stage) -> None:
    """With one batch and no changes, epoch 1 begins where the loss of untrained weights is known."""
    stage(model={"type": "unet", "width": 2, "norm": "instance"}, batch_size=100, max_epochs=2, loss="dice")
    found = [entry["metrics"]["train_loss"] for entry in stage.history()["epochs"]]
    torch.manual_seed(1)
    network = unet(stage.task, width=2, norm="instance")
    inputs, targets = in_memory(stage.dataset, "train")
    expected = dice(stage.task)(network(inputs / 255), targets.long()).item()
    assert found[0] == pytest.approx(expected, rel=1e-4)
    assert found[1] < found[0]


def test_an_artifact_holds_weights_and_history_and_no_pickle(stage: Stage) -> None:
    model = stage()
    left = {path.name for path in model.path.iterdir() if path.name != ".resume"}
    assert left == {"model.safetensors", "history.json"}
    for path in (model.path / "model.safetensors", *(model.path / ".resume").iterdir()):
        with safe_open(str(path), framework="pt") as file:  # refuses anything else
            assert len(list(file.keys())) > 5
    json.loads((model.path / "history.json").read_text(), parse_constant=fail)


def test_the_best_weights_are_kept_and_run_elsewhere(
    stage: Stage, make_dataset: Callable[..., Dataset]
) -> None:
    """From inverted pictures a model learns to be wrong: the last epoch is not the best."""
    stage.dataset = make_dataset(inverted=["train"])
    model = stage(**LEARNING)
    history = stage.history()
    heads = [entry["metrics"]["iou_mean"] for entry in history["epochs"]]
    assert history["best"] == int(np.argmax(heads)) < len(heads) - 1
    assert model.validation["iou_mean"] == max(heads)
    assert _measured(stage, model) == pytest.approx(max(heads), abs=1e-6)
    assert model.parameters == sum(part.numel() for part in unet(stage.task, width=2, depth=1).parameters())
    assert model.spec["type"] == "unet"


def test_frozen_weights_stay_and_do_not_count_as_trained(stage: Stage) -> None:
    def headless(task: Task, /) -> Any:
        network = unet(task, width=2, depth=1)
        network.head.requires_grad_(False)
        return network

    model = stage(model=headless, max_epochs=1)
    torch.manual_seed(1)
    start = unet(stage.task, width=2, depth=1)
    assert model.parameters == sum(part.numel() for part in start.parameters()) - 6  # 2 x 2 and a bias each
    with safe_open(str(model.path / "model.safetensors"), framework="pt") as file:
        assert torch.equal(file.get_tensor("head.weight"), start.head.weight)


def test_the_report_gets_its_curves(stage: Stage) -> None:
    heard = Heard()
    stage(heard=heard)
    assert [block.title for block in heard.blocks] == [
        "Training",
        "Loss",
        "Validation metrics",
        "Learning rate",
    ]
    facts, losses, metrics, _ = heard.blocks
    assert facts.facts["Epochs"] == "3 of 3"
    assert [line.name for line in losses.series] == ["train", "validation"]
    assert [line.name for line in metrics.series] == ["iou_mean", "dice_mean"]
    assert all(line.x == [1, 2, 3] and None not in line.y for line in losses.series)


def test_three_channels_and_ignored_pixels(
    stage: Stage, make_dataset: Callable[..., Dataset], make_task: Callable[..., Task]
) -> None:
    stage.dataset, stage.task = make_dataset(channels=3), make_task(3, ignore_index=255)
    model = stage(augment=["geometric"], model="deeplab", max_epochs=1)
    assert 0 <= model.validation["iou_mean"] <= 1


# ---- the same numbers ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(
    new_stage: Callable[[Path], Stage], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Heard, Any, bytes]:
    """What the lively training tells, ends with and leaves when nothing interrupts it."""
    heard, stage = Heard(), new_stage(tmp_path_factory.mktemp("undisturbed"))
    stage(heard=heard, **LIVELY)
    return heard, stage.history(), stage.weights()


def test_the_same_seed_gives_the_same_numbers(stage: Stage, undisturbed: Any) -> None:
    torch.manual_seed(99)  # whatever was drawn before
    np.random.seed(99)
    stage(**LIVELY)
    assert stage.history() == undisturbed[1]
    assert stage.weights() == undisturbed[2]


def test_another_seed_gives_others(stage: Stage, undisturbed: Any) -> None:
    stage(**LIVELY, seed=2)
    assert stage.weights() != undisturbed[2]


@pytest.mark.parametrize("call", [1, 15, 21, 39])
def test_stopped_anywhere_and_resumed_it_ends_with_the_same_numbers(
    stage: Stage, undisturbed: Any, call: int
) -> None:
    """Ten samples an epoch: in the first batch of all, within an epoch, at the start of one, in the last."""
    with pytest.raises(RuntimeError, match="went away"):
        stage(**LIVELY | {"augment": [*LIVELY["augment"], at_call(call, fail)]})
    heard = Heard()
    stage(heard=heard, **LIVELY)
    assert told(heard) == told(undisturbed[0])  # epochs of the first attempt are told again
    assert stage.history() == undisturbed[1]
    assert stage.weights() == undisturbed[2]


def test_stopped_again_and_again_it_ends_with_the_same_numbers(stage: Stage, undisturbed: Any) -> None:
    for _ in range(3):  # each attempt gets one epoch further
        with pytest.raises(RuntimeError, match="went away"):
            stage(**LIVELY | {"augment": [*LIVELY["augment"], at_call(15, fail)]})
    stage(**LIVELY)
    assert stage.history() == undisturbed[1]
    assert stage.weights() == undisturbed[2]


def test_stopped_after_the_last_epoch_nothing_is_trained_again(stage: Stage, undisturbed: Any) -> None:
    stage(**LIVELY)
    (stage.folder / "work" / "model.safetensors").unlink()
    stage(**LIVELY | {"augment": [at_call(1, fail)]})
    assert stage.weights() == undisturbed[2]


@pytest.fixture
def heard_interrupts() -> Iterator[None]:
    """Ctrl-C arrives, which a background job of a shell is made to ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("heard_interrupts")
def test_an_interruption_ends_as_one_and_can_be_resumed(
    stage: Stage, undisturbed: Any, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    interrupt = at_call(25, lambda: signal.raise_signal(number))
    with pytest.raises(KeyboardInterrupt):
        stage(**LIVELY | {"augment": [*LIVELY["augment"], interrupt]})
    assert signal.getsignal(number) == before
    stage(**LIVELY)
    assert stage.weights() == undisturbed[2]


# ---- settings -----------------------------------------------------------------------------------------


def test_training_stops_once_nothing_gets_better(stage: Stage) -> None:
    frozen = {"type": "adamw", "lr": 1e-12, "weight_decay": 0.0}
    still = {"type": "unet", "width": 2, "depth": 1, "norm": "instance"}
    settings = {"model": still, "optimizer": frozen, "early_stopping": EarlyStopping(patience=2)}
    model = stage(max_epochs=9, **settings)
    history = stage.history()
    assert len(history["epochs"]) == 3
    assert history["best"] == 0
    assert history["stopped"] == "iou_mean has not risen for 2 epochs"
    assert model.validation["iou_mean"] == history["epochs"][0]["metrics"]["iou_mean"]
    # Killed after that and run again, it has still ended.
    stage(max_epochs=9, augment=[at_call(1, fail)], **settings)
    assert stage.history() == history


def test_gradients_are_clipped_to_their_norm(stage: Stage) -> None:
    """One step of plain descent at rate 1 moves the weights by the norm of the gradient."""
    plain = {"type": "sgd", "lr": 1.0, "momentum": 0.0, "weight_decay": 0.0}
    once = {"optimizer": plain, "scheduler": "constant", "batch_size": 100, "max_epochs": 1}
    torch.manual_seed(1)
    start = unet(stage.task, width=2, depth=1)
    moved = []
    for clip in (None, 0.01):
        model = stage(f"clip-{clip}", gradient_clip=clip, **once)
        with safe_open(str(model.path / "model.safetensors"), framework="pt") as file:
            steps = [file.get_tensor(name) - part for name, part in start.named_parameters()]
        moved.append(torch.cat([step.flatten() for step in steps]).norm().item())
    assert moved[0] > 0.05
    assert moved[1] == pytest.approx(0.01, rel=1e-3)


def test_accumulated_batches_are_one_large_batch(stage: Stage) -> None:
    same = {
        "model": {"type": "unet", "width": 2, "norm": "instance"},
        "loss": "cross_entropy",
        "max_epochs": 2,
    }
    stage("small", batch_size=5, accumulate=2, **same)
    stage("large", batch_size=10, **same)
    small, large = (stage.history(work)["epochs"][-1]["metrics"] for work in ("small", "large"))
    assert small["val_loss"] == pytest.approx(large["val_loss"], rel=1e-4)


def test_the_schedule_steps_once_per_optimizer_step(stage: Stage) -> None:
    seen: list[ScheduleInputs] = []

    def noted(inputs: ScheduleInputs, /) -> Any:
        seen.append(inputs)
        return one_cycle(inputs)

    stage(scheduler=noted, optimizer={"type": "sgd", "lr": 0.1}, accumulate=2, batch_size=2, max_epochs=2)
    assert (seen[0].total_steps, seen[0].steps_per_epoch) == (6, 3)  # five batches, two to a step
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule, expected = one_cycle(ScheduleInputs(optimizer, 6, 3)), []
    for _ in range(6):
        optimizer.step()
        schedule.step()
        expected.append(optimizer.param_groups[0]["lr"])
    rates = [entry["metrics"]["lr"] for entry in stage.history()["epochs"]]
    assert rates == pytest.approx([expected[2], expected[5]])


def test_the_task_s_loss_is_taken_where_none_is_named(stage: Stage) -> None:
    stage("named", loss="dice_cross_entropy")
    stage("not-named", loss=None)
    assert stage.weights("named") == stage.weights("not-named")


def test_bfloat16_trains_and_leaves_32_bit_weights(stage: Stage) -> None:
    formats = set()

    def noted(task: Task, /) -> Any:
        found = dice(task)

        def loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            formats.add(logits.dtype)
            return found(logits, target)

        return loss

    stage(precision="bf16-mixed", loss=noted, **LEARNING)
    assert formats == {torch.float32}  # sums over a picture need more than eight bits
    history = stage.history()["epochs"]
    assert history[-1]["metrics"]["val_loss"] < history[0]["metrics"]["val_loss"]
    with safe_open(str(stage.folder / "work" / "model.safetensors"), framework="pt") as file:
        assert file.get_tensor("head.weight").dtype == torch.float32


@pytest.mark.parametrize(
    ("gpu", "native", "expected"),
    [(True, True, "bf16-mixed"), (True, False, "32-true"), (False, True, "32-true")],
)
def test_the_number_format_follows_the_hardware(
    monkeypatch: pytest.MonkeyPatch, gpu: bool, native: bool, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native)
    assert _precision("auto") == expected
    assert _precision("32-true") == "32-true"


# ---- what goes wrong ----------------------------------------------------------------------------------


def test_half_precision_without_a_gpu_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    with pytest.raises(StepError, match=r"train\.precision 16-mixed needs a GPU"):
        stage(precision="16-mixed")


def test_a_loss_that_is_no_number_ends_training_and_says_what_to_do(stage: Stage) -> None:
    def broken(_task: Any, /) -> Any:
        return lambda logits, target: logits.mean() * float("nan")

    with pytest.raises(StepError, match=r"training loss is nan in epoch 1: lower train\.optimizer\.lr"):
        stage(loss=broken)
    assert not (stage.folder / "work" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("gives", "got"),
    [
        (lambda logits, target: 0.5, "got float"),
        (lambda logits, target: logits.mean((1, 2, 3)), r"got one of \(\d+,\)"),
    ],
)
def test_a_loss_that_is_not_one_number_is_named(stage: Stage, gives: Any, got: str) -> None:
    def several(_task: Any, /) -> Any:
        return gives

    with pytest.raises(StepError, match=rf"train\.loss: a loss gives a tensor of one number.*, {got}"):
        stage(loss=several)


def test_weights_that_broke_in_the_last_step_are_found_by_validation(stage: Stage) -> None:
    wild = {"type": "sgd", "lr": 10.0, "momentum": 0.0, "weight_decay": 1e38}
    with pytest.raises(StepError, match="validation loss is nan in epoch 1"):
        stage(optimizer=wild, scheduler="constant", batch_size=100, max_epochs=1)


def test_no_loss_and_a_task_without_one_is_an_error(stage: Stage, make_task: Callable[..., Task]) -> None:
    stage.task = replace(make_task(), default_loss="")
    with pytest.raises(StepError, match=r"no default loss: name one at train\.loss"):
        stage()


def test_a_used_up_budget_stays_what_it_is(stage: Stage) -> None:
    def used_up() -> None:
        raise BudgetExceeded("train: more than 1 minutes of wall time")

    with pytest.raises(BudgetExceeded, match="more than 1 minutes"):
        stage(augment=[at_call(12, used_up)])


# ---- on the terminal ----------------------------------------------------------------------------------


def test_nothing_is_printed_where_nobody_looks(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    stage()
    assert capfd.readouterr() == ("", "")


def test_somebody_at_a_terminal_sees_a_line_that_goes_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    stage()
    assert "epoch 1/3" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_the_number_of_threads_is_given_back(stage: Stage) -> None:
    before = torch.get_num_threads()
    stage(threads=before + 1, max_epochs=1)
    assert torch.get_num_threads() == before


# ---- parts --------------------------------------------------------------------------------------------


def _measured(stage: Stage, model: Any) -> float:
    """Mean IoU on validation of the artifact, as evaluation runs it."""
    given = context(stage.folder / "elsewhere")
    predict = given.resolve("evaluate.runtime", {"type": "torch"})(RuntimeInputs(model, stage.task, given))
    inputs, targets = in_memory(stage.dataset, "validation")
    found = predict((inputs / 255).numpy()).argmax(1)
    true = targets.numpy()
    overlaps = [
        ((found == label) & (true == label)).sum() / ((found == label) | (true == label)).sum()
        for label in (0, 1)
    ]
    return float(np.mean(overlaps))
