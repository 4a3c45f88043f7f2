"""Requests as frames."""

import math

from stagewright_plugins.monitoring.frames import live_frame
from stagewright_plugins.monitoring.windows import cut

SIGNATURE = {
    "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 1]}],
    "outputs": [{"name": "y", "datatype": "FP64", "shape": [-1, 1]}],
    "classes": [],
    "task": {},
}


def test_a_number_too_large_to_be_squared_is_a_gap(tmp_path):
    events = [
        {"kind": "request", "t": f"2026-09-01T00:00:0{i}+00:00", "id": f"r{i}", "status": 200,
         "inputs": {"x": x}, "outputs": {"y": 1.0}}
        for i, x in enumerate((1.5, 1.7e308, -1e99))
    ]  # fmt: skip
    (window,) = cut(events, 500, 9)
    found = live_frame(window, SIGNATURE, tmp_path, 0, live_frame(window, SIGNATURE, tmp_path, 0, {}))
    assert found["x"].tolist()[::2] == [1.5, -1e99]
    assert math.isnan(found["x"].tolist()[1])
