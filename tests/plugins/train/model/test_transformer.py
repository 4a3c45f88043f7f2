"""The transformer: one step at a time gives what all at once gives, in PyTorch and in ONNX, fp32 and int8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from small_texts import a_dataset, a_task, trained
from stagewright.errors import StagewrightError
from stagewright.testing import context
from stagewright_plugins.fitting.surroundings import cpu_threads
from stagewright_plugins.texts.exporting import PARTS, exported, write
from stagewright_plugins.texts.feeding import padded
from stagewright_plugins.texts.numbers import BEGIN, PAD, SEPARATOR
from stagewright_plugins.texts.onnx_stepper import OnnxStepper
from stagewright_plugins.texts.runtimes import of_onnx, of_torch, settings
from stagewright_plugins.texts.torch_stepper import TorchStepper
from stagewright_plugins.train.model.transformer import transformer

SOURCE = padded([[20, 21, 22, SEPARATOR, 30, 31], [23, 24]])
SAID = np.array([[BEGIN, 40, 41, 42], [BEGIN, 43, 44, 45]])


def network(**more: Any) -> Any:
    torch.manual_seed(1)
    settings = {"vocabulary": 100, "width": 16, "heads": 2, "layers": 2, "inner": 32}
    return transformer(a_task(), **(settings | more)).eval()


def stepped(stepper: Any) -> np.ndarray:
    stepper.start(SOURCE, 1)
    return np.stack([stepper.step(SAID[:, i]) for i in range(SAID.shape[1])], 2)


@pytest.mark.parametrize("copy", [True, False])
def test_step_by_step_is_all_at_once(copy: bool, tmp_path: Path) -> None:
    made = network(copy=copy)
    with torch.no_grad():
        whole = made(torch.from_numpy(SOURCE), torch.from_numpy(SAID)).log_softmax(1).numpy()
    np.testing.assert_allclose(stepped(TorchStepper(made)), whole, atol=1e-5)
    write(made, tmp_path)
    np.testing.assert_allclose(stepped(OnnxStepper(tmp_path)), whole, atol=1e-4)


def test_what_fills_up_a_batch_changes_nothing() -> None:
    made = network()
    alone, among = TorchStepper(made), TorchStepper(made)
    alone.start(SOURCE[1:, :2], 1)
    among.start(SOURCE, 1)
    assert SOURCE[1, 2] == PAD
    np.testing.assert_allclose(alone.step(SAID[1:, 0]), among.step(SAID[:, 0])[1:], atol=1e-5)


def test_rows_of_a_source_can_be_picked_again_and_again() -> None:
    made = network()
    stepper = TorchStepper(made)
    stepper.start(SOURCE, 2)
    stepper.step(np.repeat(SAID[:, 0], 2))
    stepper.step(np.array([40, 50, 43, 51]))
    stepper.pick(np.array([0, 0, 2, 2]))
    found = stepper.step(np.array([41, 41, 44, 44]))
    whole = stepped(TorchStepper(made))[:, :, 2]
    np.testing.assert_allclose(found, whole[[0, 0, 1, 1]], atol=1e-5)


def test_it_copies_what_it_has_never_said() -> None:
    made = network(copy=True)
    with torch.no_grad():
        made.gate.weight.zero_()
        made.gate.bias.fill_(-20.0)  # always copies
        given = made(torch.from_numpy(SOURCE), torch.from_numpy(SAID)).exp()
    assert given[1, [23, 24]].sum(0).min() > 0.99


def test_heads_must_share_the_width() -> None:
    with pytest.raises(StagewrightError, match="multiple of heads"):
        network(width=18, heads=4)


def test_a_trained_one_translates_the_same_in_onnx(tmp_path: Path) -> None:
    task = a_task()
    data = a_dataset(tmp_path, task)
    model = trained(tmp_path / "model", data, task, epochs=1, memory=0.3, beam=2)
    given = context(tmp_path / "work")
    exported(model, task, given, tmp_path / "onnx")
    assert {path.name for path in (tmp_path / "onnx").iterdir()} == set(PARTS)
    texts = ["Save page now", "Delete the %(name)s image", "", "☃ never seen"]
    one = of_torch(model, task, given)(texts)
    other = of_onnx(tmp_path / "onnx", settings(model.spec, task))(texts)
    assert [item.text for item in one] == [item.text for item in other]
    assert one[2].text == ""
    assert 0.5 < one[0].match <= 1
    for a, b in zip(one, other, strict=True):
        assert a.confidence == pytest.approx(b.confidence, abs=1e-4)


def test_pytorch_translates_on_one_thread_and_gives_the_others_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small matrices are not worth sharing: on two busy cores it took eighteen times as long with two threads."""
    task = a_task()
    model = trained(tmp_path / "model", a_dataset(tmp_path, task), task, epochs=1)
    seen: list[int] = []
    step = TorchStepper.step

    def watched(self: TorchStepper, tokens: np.ndarray) -> np.ndarray:
        seen.append(torch.get_num_threads())
        return step(self, tokens)

    monkeypatch.setattr(TorchStepper, "step", watched)
    translate = of_torch(model, task, context(tmp_path / "work"))
    with cpu_threads(2):
        translate(["Save page now"])
        assert torch.get_num_threads() == 2
    assert set(seen) == {1}
