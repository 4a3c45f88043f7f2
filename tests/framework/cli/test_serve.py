"""The verb `serve`: what it needs of a recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright.cli import new, serve
from stagewright.errors import StagewrightError


def test_a_recipe_is_served_where_its_data_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert new.main(["recipe", "cells"], False) == 0
    with pytest.raises(StagewrightError, match="cells has no release yet"):
        serve.main(["cells"], False)
    with pytest.raises(StagewrightError, match=r"data\.source\.pth: unknown setting"):
        serve.main(["cells", "data.source.pth=x"], False)
