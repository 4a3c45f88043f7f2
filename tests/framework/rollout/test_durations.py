import pytest

from stagewright.rollout.durations import seconds, text


@pytest.mark.parametrize(
    ("said", "meant"), [("30s", 30), ("5m", 300), ("1h30m", 5400), ("250ms", 0.25), ("2d", 172_800), (7, 7)]
)
def test_seconds(said, meant):
    assert seconds(said) == meant


@pytest.mark.parametrize("said", ["", "5", "m", "5 m", "-5m", "1w"])
def test_no_duration(said):
    with pytest.raises(ValueError, match="a duration is"):
        seconds(said)


@pytest.mark.parametrize("value", [1, 30, 60, 90, 3600, 5400, 86_400, 0.5])
def test_there_and_back(value):
    assert seconds(text(value)) == value
