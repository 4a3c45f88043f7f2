"""Numbers as a reader wants them."""

from __future__ import annotations

from stagewright.report.figures import like


def test_a_number_has_the_decimals_of_what_it_is_compared_with() -> None:
    assert like(0.33333, 0.712) == "0.333"
    assert like(-0.0004, 0.712) == "0.000"


def test_beside_a_zero_a_number_is_still_told() -> None:
    assert like(0.128, 0.0) == "0.128"
    assert like(-0.128, 0.0) == "−0.128"
    assert like(0.0, 0.0) == "0"
