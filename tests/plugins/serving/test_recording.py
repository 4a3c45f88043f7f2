from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from stagewright.live.event_log import EventLog, read
from stagewright_plugins.serving.loaded import Loaded
from stagewright_plugins.serving.recording import encoded, event
from stagewright_plugins.serving.traffic import Route

MODEL = Loaded(Path(), "v", {}, lambda inputs, outputs=None: {}, ("y",), {"y": "FP32"})
ROUTE = Route("canary", MODEL, "ann", "r1", 0.25, 0.5)


def logged(folder: Path, inputs: dict, outputs: dict, **settings: object) -> dict:
    with EventLog(folder, **settings) as log:  # type: ignore[arg-type]
        log.write(event(log, "id", "m", ROUTE, 200, 0.0123456, None, inputs, outputs))
    (found,) = read(folder)
    return found


def test_few_values_are_written_out(tmp_path: Path) -> None:
    inputs = {"one": np.array([[1.5]], np.float32), "text": np.array([["a"], ["b"]], dtype=object)}
    found = logged(tmp_path, inputs, {"p": np.array([[0.25, 0.75]], np.float32), "label": np.array([1])})
    assert found["inputs"] == {"one": 1.5, "text": ["a", "b"]}
    assert found["outputs"] == {"p": [0.25, 0.75], "label": 1}
    assert (found["weight"], found["mirror"], found["rollout"]) == (0.25, 0.5, "r1")
    assert found["latency_ms"] == {"queue": 0.0, "predict": 0.0, "total": 12.3456}


def test_large_outputs_are_summed_up(tmp_path: Path) -> None:
    mask = np.zeros((1, 8, 8), np.uint8)
    mask[0, :2] = 2
    outputs = {"mask": mask, "p": np.linspace(0, 1, 64, dtype=np.float32)[None], "n": np.arange(64)[None]}
    found = logged(tmp_path, {}, outputs)["outputs"]
    assert found["mask"] == {"shares": [0.75, 0.0, 0.25]}
    assert found["p"] == {"mean": 0.5, "low": 0.0, "high": 1.0}
    assert found["n"] == {"shape": [1, 64]}


def test_large_inputs_are_kept_where_the_request_is_in_the_sample(tmp_path: Path) -> None:
    image = np.arange(64, dtype=np.uint8).reshape(1, 1, 8, 8)
    found = logged(tmp_path / "all", {"image": image}, {}, payload_rate=1.0)
    with np.load(tmp_path / "all" / found["inputs"]["image"]["ref"]) as kept:
        np.testing.assert_array_equal(kept["image"], image)
    none = logged(tmp_path / "none", {"image": image}, {}, payload_rate=0.0)
    assert none["inputs"] == {"image": {"shape": [1, 1, 8, 8]}}
    assert not (tmp_path / "none" / "payload").exists()


def test_text_is_kept_without_a_pickle() -> None:
    raw = encoded({"words": np.array([["ä"] * 40], dtype=object)})
    with np.load(io.BytesIO(raw), allow_pickle=False) as kept:
        assert kept["words"][0, 0] == "ä"
