"""The tutorial, typed from top to bottom."""

from __future__ import annotations

from pathlib import Path

import pytest

from walkthrough import Walkthrough, free_port


@pytest.mark.slow
def test_a_reader_gets_to_the_end_of_the_tutorial(tmp_path: Path) -> None:
    with Walkthrough(tmp_path, {"8080": free_port()}) as reader:
        reader.page("docs/tutorial.md")
    assert list((tmp_path / "predicted").iterdir())
    assert list((tmp_path / "export" / "cells" / "kserve").iterdir())
