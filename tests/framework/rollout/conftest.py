"""Controllers in these tests judge by counting."""

import pytest

from rollouts import counting


@pytest.fixture
def make():
    return counting
