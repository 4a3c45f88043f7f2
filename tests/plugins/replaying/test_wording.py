"""Evidence in words."""

import pytest

from stagewright_plugins.replaying.wording import evidence_said


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"distance": 0.1, "low": 0.05, "high": 0.2}, "beyond the margin by 0.05 to 0.2"),
        ({"distance": -0.1, "low": -0.2, "high": -0.05}, "within the margin by 0.05 to 0.2"),
        (
            {"distance": 0.0, "low": -0.1, "high": 0.02},
            "between 0.1 within the margin and 0.02 beyond it",
        ),
        ({"distance": None, "low": None, "high": None}, "too few values to say anything"),
        ({"log_e_highest": 0.5, "needed": 3.0, "p": 0.6}, "log evidence 0.5, 3 is enough"),
        ({"failed": 1, "failureLimit": 3}, "1 windows failed, 3 tolerated"),
        (
            {"failed": 0, "inconclusive": 2, "failureLimit": 3},
            "0 windows failed, 3 tolerated, 2 were inconclusive",
        ),
        ({"p": 0.01}, "p 0.01"),
        ({}, ""),
    ],
)
def test_a_guard_says_where_it_stands(evidence, said):
    assert evidence_said(evidence) == said
