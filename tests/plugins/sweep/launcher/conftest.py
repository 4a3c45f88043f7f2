from __future__ import annotations

import pytest

from searching import Sweep


@pytest.fixture
def sweep(tmp_path) -> Sweep:
    return Sweep(tmp_path)
