"""The contract suite of a plugin as one line of a test file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stagewright.testing.laws import LAWS, Law
from stagewright.testing.subject import Rehearse, caller, subject


def contract_tests(
    plugin: str | Path,
    /,
    *,
    settings: Mapping[str, Any] | None = None,
    modality: str = "image",
    task: Mapping[str, Any] | None = None,
    rehearse: Rehearse | None = None,
) -> Callable[[Law], None]:
    """Make the pytest function that holds a plugin to its contract, one test a law (`stagewright.testing.laws`).

        test_contract = contract_tests("plugins/train/model/wonder.py")

    Args:
        plugin: its file, from the project's folder.
        settings: for what its signature requires.
        modality: the small data it is tried on: `image` or `table`.
        task: the task it is tried on, `{"type": "segmentation", ...}`, where classes or size matter to it.
        rehearse: calls the plugin itself, where the small data does not suit it: `rehearse(component, bench)` asserts
            what must hold and returns plain values that equal seeds must repeat.
    """
    import pytest

    tried = subject(plugin, settings, modality, task, rehearse, caller())

    @pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
    def test_contract(law: Law) -> None:
        law(tried)

    return test_contract
