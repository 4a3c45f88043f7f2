import pytest

from stagewright.rollout.measured import kind_of, reader, unknown

REQUEST = {
    "kind": "request",
    "status": 200,
    "error": "",
    "latency_ms": {"queue": 1.0, "predict": 6.0, "total": 8.0},
    "outputs": {"confidence": 0.4, "label": "x"},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("request", 1.0),
        ("request.error", 0.0),
        ("request.status", 200.0),
        ("latency_ms", 8.0),
        ("latency_ms.predict", 6.0),
        ("latency_ms > 7", 1.0),
        ("latency_ms > 9", 0.0),
        ("outputs.confidence < 0.5 and latency_ms < 9", 1.0),
        ("outputs.label", None),
        ("outputs.missing", None),
        ("1 / (latency_ms - 8)", None),
    ],
)
def test_requests(text, value):
    assert reader(text)(REQUEST) == value


@pytest.mark.parametrize(
    ("change", "value"), [({"status": 500}, 1.0), ({"error": "boom"}, 1.0), ({"status": 404}, 0.0)]
)
def test_a_request_fails_by_the_servers_fault_only(change, value):
    assert reader("request.error")(REQUEST | change) == value


def test_other_events():
    assert reader("label.iou_mean")({"kind": "label", "values": {"iou_mean": 0.7}}) == 0.7
    assert reader("label.iou_mean")({"kind": "label", "values": {}}) is None
    assert reader("label.iou_mean")({"kind": "label", "values": {"iou_mean": float("nan")}}) is None
    assert reader("feedback.negative")({"kind": "feedback", "value": -1}) == 1.0
    assert reader("shadow.agreement")({"agreement": 0.98}) == 0.98
    assert reader("hw.gpu.memory.utilization > 0.9")({"values": {"hw.gpu.memory.utilization": 0.95}}) == 1.0


def test_a_number_too_large_to_square_says_nothing():
    assert reader("feedback.value")({"kind": "feedback", "value": 1e200}) is None
    assert reader("feedback.value")({"kind": "feedback", "value": -1e99}) == -1e99


@pytest.mark.parametrize(
    "text", ["outputs.probability", "outputs.probability > 0.5", "outputs.probability == 1"]
)
def test_an_output_of_several_numbers_says_nothing(text):
    """The journal keeps the few probabilities of a class for the labels that come later."""
    assert reader(text)({"kind": "request", "outputs": {"probability": [0.2, 0.8]}}) is None


def test_kinds():
    assert [
        kind_of(text) for text in ("request", "label.x", "feedback.value", "shadow.agreement", "hw.x")
    ] == [
        "request",
        "label",
        "feedback",
        "shadow",
        "hardware",
    ]


def test_unknown_names():
    assert "did you mean 'latency_ms'" in unknown("latency > 3")
    assert "at once" in unknown("latency_ms > 3 and label.x > 0")
    assert "reads nothing" in unknown("1 > 0")
    assert unknown("latency_ms.total > 3") == ""
