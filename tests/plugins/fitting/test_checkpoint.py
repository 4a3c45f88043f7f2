"""Checkpoints: what goes in comes out, in a file that holds no code, and never half of one."""

from __future__ import annotations

import math
import os
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from stagewright.errors import StepError
from stagewright_plugins.fitting import checkpoint
from stagewright_plugins.fitting.checkpoint import SafetensorsIO, save_weights

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
NESTED = st.recursive(
    PLAIN,
    lambda part: (
        st.lists(part, max_size=3)
        | st.tuples(part, part)
        | st.dictionaries(st.integers() | st.text(max_size=3), part, max_size=3)
    ),
    max_leaves=8,
)
TENSORS = {
    "weights": torch.randn(4, 3, 3, 3).contiguous(memory_format=torch.channels_last),
    "turned": torch.arange(6).view(2, 3).T,
    "half": torch.randn(5, dtype=torch.bfloat16),
    "flags": torch.tensor([True, False]),
    "step": torch.tensor(7),
    "nothing": torch.empty(0, 3),
}


def returned(value: Any, folder: Path) -> Any:
    path = folder / "some.ckpt"
    SafetensorsIO().save_checkpoint({"value": value}, path)
    return SafetensorsIO().load_checkpoint(path)["value"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@settings(max_examples=60, deadline=None)
@given(value=NESTED)
def test_plain_values_come_back_as_they_were(folder: Path, value: Any) -> None:
    found = returned(value, folder)
    assert found == value
    assert repr(found) == repr(value)  # a tuple is no list, 1 is not True


def test_numbers_that_json_does_not_know_come_back(folder: Path) -> None:
    assert math.isnan(returned(math.nan, folder))
    assert returned([math.inf, -math.inf], folder) == [math.inf, -math.inf]


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_come_back_bit_by_bit(folder: Path, name: str) -> None:
    found = returned(TENSORS[name], folder)
    assert found.dtype == TENSORS[name].dtype
    assert torch.equal(found, TENSORS[name])


def test_tensors_may_share_memory_and_names_may_hold_a_slash(folder: Path) -> None:
    tied = torch.randn(3)
    given_state = {"a/b": tied, "a": {"b": tied[:2]}, 1: tied, "1": tied + 1}
    found = returned(given_state, folder)
    assert list(found) == list(given_state)
    assert torch.equal(found["a/b"], tied)
    assert torch.equal(found["a"]["b"], tied[:2])
    assert torch.equal(found["1"], found[1] + 1)


def test_an_optimizer_and_its_schedule_go_on_as_if_nothing_had_been(folder: Path) -> None:
    def made() -> tuple[Any, Any, Any]:
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 2)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
        return model, optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=20)

    def step(model: Any, optimizer: Any, schedule: Any) -> None:
        optimizer.zero_grad()
        model(torch.ones(1, 3)).square().sum().backward()
        optimizer.step()
        schedule.step()

    first = made()
    for _ in range(5):
        step(*first)
    state = returned([part.state_dict() for part in first], folder)
    second = made()
    for part, kept in zip(second, state, strict=True):
        part.load_state_dict(kept)
    for _ in range(5):
        step(*first)
        step(*second)
    assert torch.equal(first[0].weight, second[0].weight)
    assert first[2].get_last_lr() == second[2].get_last_lr()


def test_a_file_holds_no_pickle(folder: Path) -> None:
    returned({"weights": torch.ones(2), "epoch": 3}, folder)
    assert [tensor.tolist() for tensor in load_file(folder / "some.ckpt").values()] == [[1.0, 1.0]]


def test_what_is_neither_number_text_nor_tensor_is_refused(folder: Path) -> None:
    with pytest.raises(StepError, match=r"cannot hold set at /value/bad"):
        returned({"bad": {1, 2}}, folder)


def test_a_write_that_breaks_off_leaves_the_last_whole_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    returned("whole", folder)

    def broken(tensors: Any, path: str, header: Any) -> None:
        Path(path).write_bytes(b"half")
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save_file", broken)
        with pytest.raises(OSError, match="no space"):
            returned("half", folder)
    assert SafetensorsIO().load_checkpoint(folder / "some.ckpt")["value"] == "whole"
    assert returned("next", folder) == "next"
    assert os.listdir(folder) == ["some.ckpt"]


def test_weights_are_plain_safetensors(folder: Path) -> None:
    layer = torch.nn.Conv2d(2, 3, 3).to(memory_format=torch.channels_last)
    save_weights(OrderedDict(layer.state_dict()), folder / "weights.safetensors")
    found = load_file(folder / "weights.safetensors")
    assert torch.equal(found["weight"], layer.weight)
    assert torch.equal(found["bias"], layer.bias)
    (folder / "weights.safetensors").unlink()


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "gone.ckpt"
    SafetensorsIO().remove_checkpoint(path)
    SafetensorsIO().save_checkpoint({}, path)
    SafetensorsIO().remove_checkpoint(path)
    assert not path.exists()
