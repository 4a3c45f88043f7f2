"""Occlusion: what a model really looks at comes out on top."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from stagewright.errors import StagewrightError
from stagewright.stages.monitor import ExplainInputs
from stagewright_plugins.monitor.explainer.occlusion import occlusion

TABULAR = {
    "inputs": [
        {"name": "hours", "datatype": "FP32", "shape": [-1, 1]},
        {"name": "noise", "datatype": "FP32", "shape": [-1, 1]},
        {"name": "place", "datatype": "BYTES", "shape": [-1, 1]},
    ],
    "outputs": [{"name": "probability", "datatype": "FP32", "shape": [-1, 2]}],
    "classes": ["no", "yes"],
}
PICTURE = {
    "inputs": [{"name": "image", "datatype": "UINT8", "shape": [-1, 1, -1, -1]}],
    "outputs": [{"name": "probability", "datatype": "FP32", "shape": [-1, 2, 8, 8]}],
    "classes": ["no", "yes"],
}


def rows(inputs, _outputs=None):
    at_home = (inputs["place"] == "home").astype(float)
    yes = 1 / (1 + np.exp(-(inputs["hours"] + 0.5 * at_home)))
    return {"probability": np.concatenate([1 - yes, yes], axis=1)}


def corner(inputs, _outputs=None):
    """Every pixel's answer depends on the brightness of the upper left quarter."""
    image = inputs["image"].astype(float) / 255
    half = image.shape[2] // 2
    yes = image[:, 0, :half, :half].mean(axis=(1, 2))
    shape = (len(image), 1, 8, 8)
    return {
        "probability": np.concatenate(
            [np.broadcast_to((p)[:, None, None, None], shape) for p in (1 - yes, yes)], 1
        )
    }


def given(engine, signature, arrays, folder):
    reference = pd.DataFrame(
        {"hours": [0.0, 0.0, 1.0], "noise": [0.0] * 3, "place": ["work", "work", "home"]}
    )
    return ExplainInputs(engine, signature, arrays, reference, folder, 0)


def test_columns_are_ranked_by_what_the_answer_loses(tmp_path):
    arrays = {
        "hours": np.float32([[3.0]]),
        "noise": np.float32([[9.0]]),
        "place": np.array([["home"]], dtype=object),
    }
    found = occlusion(given(rows, TABULAR, arrays, tmp_path))
    assert list(found.parts) == ["hours", "place", "noise"]
    assert found.parts["noise"] == pytest.approx(0, abs=1e-6)
    full = 1 / (1 + np.exp(-3.5))
    assert found.value == pytest.approx(full, abs=1e-6)
    assert found.parts["hours"] == pytest.approx(full - 1 / (1 + np.exp(-0.5)), abs=1e-5)


def test_the_part_of_a_picture_that_mattered_is_coloured(tmp_path):
    image = np.full((1, 1, 32, 32), 30, dtype=np.uint8)
    image[0, 0, :16, :16] = 250
    found = occlusion(given(corner, PICTURE, {"image": image}, tmp_path), patches=8)
    drawn = np.asarray(Image.open(tmp_path / found.picture)).astype(int)
    half = drawn.shape[0]
    right = drawn[:, -half:]
    colour = np.abs(right - right.mean(axis=2, keepdims=True)).sum(axis=2)
    assert (
        colour[: half // 2 - 8, : half // 2 - 8].mean() > 5 * colour[half // 2 + 8 :, half // 2 + 8 :].mean()
    )
    assert found.value == pytest.approx(250 / 255, abs=0.01)


def test_without_probabilities_there_is_nothing_to_explain(tmp_path):
    signature = {
        "inputs": TABULAR["inputs"][:1],
        "outputs": [{"name": "label", "datatype": "INT64", "shape": [-1]}],
        "classes": ["no", "yes"],
    }
    with pytest.raises(StagewrightError, match="no `probability`"):
        occlusion(given(rows, signature, {"hours": np.float32([[1]])}, tmp_path))
