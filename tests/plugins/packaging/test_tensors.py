"""What is wrong with a request, in one line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stagewright.stages.framing import Task
from stagewright.stages.objective import Goal
from stagewright_plugins.framing.task.translation import translation
from stagewright_plugins.packaging import signature
from stagewright_plugins.packaging.tensors import BadRequest, batchable, checked


def image(*shape: int, dtype: str = "uint8") -> np.ndarray:
    return np.zeros(shape, dtype=dtype)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "'image' is missing"),
        ({"imgae": image(1, 1, 8, 8)}, "unknown input 'imgae', did you mean 'image'"),
        ({"image": image(1, 1, 8, 8, dtype="float32")}, "is float32, the model takes UINT8"),
        ({"image": image(1, 3, 8, 8)}, r"shape \[1, 3, 8, 8\], the model takes \[-1, 1, -1, -1\]"),
        ({"image": image(8, 8)}, r"shape \[8, 8\]"),
        ({"image": image(1, 1, 0, 8)}, "is empty"),
    ],
)
def test_inputs_that_do_not_fit(task: Task, inputs: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        checked(signature.segmentation("cells", task, "onnx"), inputs)


def test_columns_have_one_batch_size(task: Task) -> None:
    table = signature.tabular("delays", task, "onnx", {"a": "FP32", "b": "FP32"})
    with pytest.raises(BadRequest, match="differ in their first dimension, the batch: a 2, b 3"):
        checked(table, {"a": np.zeros((2, 1), "float32"), "b": np.zeros((3, 1), "float32")})


def test_inputs_come_in_the_signatures_order(task: Task) -> None:
    table = signature.tabular("delays", task, "onnx", {"a": "FP32", "b": "BYTES"})
    words = np.array([["x"]], dtype=object)
    assert list(checked(table, {"b": words, "a": np.zeros((1, 1), "float32")})) == ["a", "b"]


def test_only_pictures_of_one_size_form_a_batch(task: Task) -> None:
    (tensor,) = signature.segmentation("cells", task, "onnx")["inputs"]
    assert batchable(tensor, (1, 1, 8, 8), (3, 1, 8, 8))
    assert not batchable(tensor, (1, 1, 8, 8), (1, 1, 8, 9))


@pytest.fixture
def menus() -> dict[str, Any]:
    goal = Goal(problem="menus are English", owner="tests", kpis=())
    return signature.translation("menus", translation(goal, target="fr", max_source=13), "translator")


def test_a_text_that_is_too_long_is_refused_not_cut(menus: dict[str, Any]) -> None:
    texts = np.array([["Save"], ["Save the whole page"]], dtype=object)
    with pytest.raises(BadRequest, match="input 'text': a text has 19 characters, the model takes 13"):
        checked(menus, {"text": texts})


def test_white_space_that_is_not_read_does_not_count(menus: dict[str, Any]) -> None:
    texts = np.array([["  Save   the\n  page  "]], dtype=object)
    assert checked(menus, {"text": texts})["text"] is texts
