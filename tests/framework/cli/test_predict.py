"""stagewright predict: which package is meant, and what it is handed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stagewright import releases
from stagewright.cli import predict
from stagewright.errors import StagewrightError

OLD, NEW = "a" * 64, "b" * 64
# A predictor that tells what it was given, in the place of the bundled one.
PREDICTOR = '''
from stagewright.stages import deploy

@deploy.predictor
def told(inputs, /, *, batch_size: int = 1, masks: bool = True) -> int:
    """Write down what it was given, for the test to read."""
    inputs.out.mkdir()
    (inputs.out / "told").write_text(f"{inputs.package.name} {batch_size} {masks}")
    return 7
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("STAGEWRIGHT_HOME", raising=False)
    folder = tmp_path / "plugins" / "deploy" / "predictor"
    folder.mkdir(parents=True)
    (folder / "told.py").write_text(PREDICTOR)
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def predicted(*words: str) -> str:
        out = project / "out"
        args = [*words, "--out", str(out), "--predictor", "told", "--batch-size", "4"]
        assert predict.main(args, False) == 0
        assert capsys.readouterr().out == f"7 predictions in {out}\n"
        return (out / "told").read_text()

    return predicted


def test_a_folder_is_a_package(run: Callable[..., str]) -> None:
    assert run("old", "pictures") == "old 4 True"


def test_settings_that_are_switches(run: Callable[..., str]) -> None:
    assert run("old", "pictures", "--no-masks") == "old 4 False"


def test_a_name_means_the_newest_version_until_there_is_a_champion(
    project: Path, run: Callable[..., str]
) -> None:
    home = project / ".stagewright"
    releases.register(home, "cells", OLD, str(project / "old"))
    releases.register(home, "cells", NEW, str(project / "new"))
    assert run("cells", "pictures") == "new 4 True"


def test_a_champion_comes_before_what_is_newer(project: Path, run: Callable[..., str]) -> None:
    home = project / ".stagewright"
    releases.register(home, "cells", OLD, str(project / "old"))
    releases.assign(home, "cells", "champion", OLD, "a", "b")
    releases.register(home, "cells", NEW, str(project / "new"))
    assert run("cells", "pictures") == "old 4 True"


def test_a_version_or_alias_may_be_asked_for(project: Path, run: Callable[..., str]) -> None:
    home = project / ".stagewright"
    for version, name in ((OLD, "old"), (NEW, "new")):
        releases.register(home, "cells", version, str(project / name))
    assert run("cells", "pictures", "--version", OLD[:12]) == "old 4 True"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plugins", "x"], "plugins is no package"),
        (["old", "x", "--version", "champion"], "one version by itself"),
        (["cells", "x"], "cells"),
    ],
)
def test_what_cannot_be_meant(project: Path, words: list[str], message: str) -> None:
    with pytest.raises(StagewrightError, match=message):
        predict.main([*words, "--out", "out"], False)


RECIPE = "name: nuclei\ndata: {source: {type: image_folder, path: not/here}}\n"


def test_a_recipe_that_was_never_released_says_so_whatever_its_data(project: Path) -> None:
    (project / "recipes").mkdir()
    (project / "recipes" / "cells.yaml").write_text(RECIPE)
    with pytest.raises(StagewrightError, match="nuclei has no release yet: deploy it first"):
        predict.main(["cells", "x", "--out", "out"], False)


def test_a_recipe_means_its_model_where_its_data_are_not_there(
    project: Path, run: Callable[..., str]
) -> None:
    (project / "recipes").mkdir()
    (project / "recipes" / "cells.yaml").write_text(RECIPE)
    releases.register(project / ".stagewright", "nuclei", OLD, str(project / "old"))
    assert run("cells", "pictures") == "old 4 True"
