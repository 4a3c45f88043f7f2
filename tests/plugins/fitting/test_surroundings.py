"""What stands around a loop, and is given back after."""

from __future__ import annotations

import pytest
import torch

from stagewright_plugins.fitting.surroundings import repeatable


def deterministic() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


@pytest.mark.parametrize(("wanted", "gpu"), [(True, True), (True, False), (False, True)])
def test_algorithms_repeat_on_a_gpu_only_and_the_setting_before_is_given_back(
    wanted: bool, gpu: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")  # what a user said is kept
    before = deterministic()
    with repeatable(wanted):
        assert deterministic() == ((True, True) if wanted and gpu else before)
    assert deterministic() == before
