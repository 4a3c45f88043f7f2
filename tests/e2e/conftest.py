"""A project folder of its own for every end-to-end test."""

from __future__ import annotations

from pathlib import Path

import pytest

from running import Project, new_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return new_project(tmp_path / "project")
