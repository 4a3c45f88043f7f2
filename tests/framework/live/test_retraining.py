"""Retraining: by alert and by schedule, never more than allowed."""

import pytest

from stagewright.live.retraining import WEEK, Retraining, free, reason, withheld

DAY = 86_400.0
POLICY = Retraining.model_validate(
    {"alerts": ("Drop",), "schedule": "daily", "cooldown": "1h", "max_per_week": 2}
)
START = 1000 * DAY + 10 * 3600  # 10:00 UTC


def test_an_alert_that_is_listed_asks_and_another_does_not():
    policy = Retraining(alerts=("Drop",))
    assert reason(policy, ["Other", "Drop"], START, [], START) == "alert Drop"
    assert reason(policy, ["Other"], START, [], START) == ""


def test_a_schedule_is_due_once_a_period():
    assert reason(POLICY, [], START, [], START + 60) == ""
    due = START + DAY
    assert reason(POLICY, [], START, [], due).startswith("schedule daily:")
    assert reason(POLICY, [], START, [due], due + 2 * 3600) == ""


def test_cooldown_and_weekly_limit_hold():
    assert reason(POLICY, ["Drop"], START, [START], START + 60) == ""
    assert withheld(POLICY, [START], START + 60) == "the last retraining is less than 1h ago"
    earlier = [START, START + 2 * DAY]
    assert withheld(POLICY, earlier, START + 3 * DAY) == "2 retrainings within a week is the limit"
    assert reason(POLICY, ["Drop"], START, earlier, START + WEEK + 1) == "alert Drop"


@pytest.mark.parametrize(
    ("earlier", "moment"),
    [
        ([], 0.0),
        ([START], START + 3600),
        ([START, START + 2 * DAY], START + WEEK),
        ([START, START + 6.99 * DAY], START + 6.99 * DAY + 3600),
    ],
)
def test_what_is_withheld_is_free_from_a_moment_on(earlier, moment):
    assert free(POLICY, earlier) == moment
    assert withheld(POLICY, earlier, moment - 1) or not earlier
    assert not withheld(POLICY, earlier, moment)
