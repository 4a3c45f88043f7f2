from __future__ import annotations

import optuna
import pytest

from stagewright.errors import StagewrightError
from stagewright_plugins.sweeping.warm import require_reachable


def test_a_shared_storage_is_asked_for_earlier_studies(tmp_path):
    address, home = f"sqlite:///{tmp_path}/shared.db", tmp_path / ".stagewright"
    optuna.create_study(study_name="cells-1", storage=address)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "study.db").touch()
    require_reachable(address, ["cells-1", "kept"], tmp_path, home)
    with pytest.raises(StagewrightError, match=r"no study 'cells-2': neither .*; did you mean 'cells-1'\?"):
        require_reachable(address, ["cells-2"], tmp_path, home)


def test_a_shared_storage_that_does_not_answer_is_told(tmp_path):
    address = f"sqlite:///{tmp_path}/nowhere/shared.db"
    with pytest.raises(StagewrightError, match=r"sweep\.storage: .* cannot be used"):
        require_reachable(address, [], tmp_path, tmp_path / ".stagewright")
    require_reachable("journal", ["anything"], tmp_path, tmp_path / ".stagewright")  # `check` has looked
