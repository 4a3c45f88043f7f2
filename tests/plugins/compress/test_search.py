from __future__ import annotations

import json

import pytest

from stagewright.errors import RecipeError, StagewrightError

LOOSE = {"size_ratio": 1.5, "drop": {"iou_mean": 0.2}}
SPACE = {"planted.noise": [0.0, 2.0], "planted.weight": {"choices": [0, 3000]}}


def told(found):
    return json.loads((found.path / "variants.json").read_text())


def settings(found):
    return [one["spec"]["steps"][0] for one in told(found)["variants"][1:]]


def test_settings_are_tried_within_the_space_and_each_is_a_variant(stage):
    found = stage(["planted"], LOOSE, search={"trials": 5, "space": SPACE})
    tried = settings(found)
    assert len(tried) == stage.calls() == 5
    assert all(0 <= one["noise"] <= 2 and one["weight"] in (0, 3000) for one in tried)
    assert len({one["noise"] for one in tried}) == 5
    assert [event["number"] for event in stage.heard.events if event["event"] == "trial"] == list(range(5))
    assert told(found)["variants"][1]["name"].startswith("planted(noise=")
    best = next(one for one in told(found)["variants"] if one["name"] == told(found)["chosen"])
    assert best["drop"] <= 0.2


def test_a_killed_search_goes_on_as_it_would_have(stage, monkeypatch):
    from stagewright_plugins.compress._measuring import Meter

    search = {"trials": 4, "space": SPACE}
    whole = settings(stage(["planted"], LOOSE, work="whole", search=search))
    real, seen = Meter.measured, []

    def killed(self, variant):
        seen.append(variant)
        if len(seen) == 4:  # the model as trained and two trials are measured
            raise KeyboardInterrupt
        return real(self, variant)

    monkeypatch.setattr(Meter, "measured", killed)
    with pytest.raises(KeyboardInterrupt):
        stage(["planted"], LOOSE, work="killed", search=search)
    monkeypatch.setattr(Meter, "measured", real)
    resumed = settings(stage(["planted"], LOOSE, work="killed", search=search))
    assert stage.calls("killed") == 4
    assert resumed[:2] == whole[:2]  # the first trials are random, by the seed


def test_whole_numbers_and_logarithms(stage):
    space = {
        "0.weight": {"low": 100, "high": 300, "step": 100},
        "planted.noise": {"low": 0.01, "high": 1.0, "log": True},
    }
    tried = settings(stage(["planted"], LOOSE, search={"trials": 3, "space": space}))
    assert all(one["weight"] in (100, 200, 300) for one in tried)
    assert all(0.01 <= one["noise"] <= 1 for one in tried)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plantd.noise", "must be `step.setting`, did you mean 'planted'"),
        ("planted", "must be `step.setting`"),
        ("planted.nose", "no setting 'nose', did you mean 'noise'"),
        ("planted.noise.deep", "no setting 'deep'"),
        ("planted.type", "no setting 'type'"),
    ],
)
def test_a_name_that_fits_nothing_is_refused_before_any_work(stage, name, message):
    with pytest.raises(StagewrightError, match=message):
        stage(["planted"], LOOSE, search={"trials": 1, "space": {name: [0, 1]}})
    assert stage.calls() == 0


def test_two_steps_of_a_type_are_told_apart_by_their_index(stage):
    with pytest.raises(StagewrightError, match="fits 2 steps"):
        stage(["planted", "planted"], LOOSE, search={"trials": 1, "space": {"planted.noise": [0, 1]}})


def test_a_value_that_the_setting_cannot_take_is_refused(stage):
    with pytest.raises(RecipeError, match="valid number"):
        stage(["planted"], LOOSE, search={"trials": 1, "space": {"planted.noise": {"choices": ["much"]}}})
