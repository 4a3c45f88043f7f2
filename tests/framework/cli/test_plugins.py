"""stagewright plugins: a name that nothing has is answered with the nearest one."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright.cli import plugins
from stagewright.plugin.registry import PluginError


@pytest.mark.parametrize(
    ("asked", "said"),
    [("train.modle", "did you mean 'train.model'?"), ("unett", "did you mean 'unet'?"), ("qqqq", "known: ")],
)
def test_an_unknown_name_is_refused(
    asked: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PluginError) as error:
        plugins.main([asked], False)
    assert str(error.value).startswith(f"no kind and no plugin is named {asked!r}, ")
    assert said in str(error.value)
