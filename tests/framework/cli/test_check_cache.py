"""The last verdict of `check` is used again exactly as long as nothing it rests on has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stagewright.cli import check_cache

from ..conftest import Toy


@pytest.fixture
def checked(toy: Toy) -> Toy:
    toy.written()
    first = toy.cli("check", "toy")
    assert first.returncode == 0, first.stderr
    return toy


def cached(toy: Toy, *words: str) -> tuple[int, str] | None:
    return check_cache.lookup(list(words), str(toy.path))


def test_an_unchanged_recipe_answers_from_the_cache(checked: Toy) -> None:
    code, output = cached(checked, "toy") or (None, "")
    assert code == 0
    assert output == checked.cli("check", "toy", "--fresh").stdout


def test_other_words_are_another_question(checked: Toy) -> None:
    assert cached(checked, "toy", "seed=4") is None


def test_a_changed_recipe_is_checked_anew(checked: Toy) -> None:
    checked.written({"seed": 44})
    assert cached(checked, "toy") is None


def test_a_changed_plugin_is_checked_anew(checked: Toy) -> None:
    path = checked.path / "plugins/train/model/small.py"
    path.write_text(path.read_text().replace("= 4", "= 5") + "\n")
    assert cached(checked, "toy") is None


def test_a_new_plugin_is_checked_anew(checked: Toy) -> None:
    checked.plugin("train/model/other.py", "'''Another.'''")
    assert cached(checked, "toy") is None


def test_a_file_that_would_shadow_is_noticed(checked: Toy) -> None:
    (checked.path / "toy.yaml").write_text("name: other\n")
    assert cached(checked, "toy") is None


def test_an_environment_variable_that_the_recipe_reads_is_part_of_the_question(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.written({"train.score": "${oc.decode:${oc.env:TOY_SCORE}}"})
    monkeypatch.setenv("TOY_SCORE", "0.5")
    assert toy.cli("check", "toy").returncode == 0
    assert cached(toy, "toy") is not None
    monkeypatch.setenv("TOY_SCORE", "7")
    assert cached(toy, "toy") is None
    assert toy.cli("check", "toy").returncode == 2


def test_a_damaged_entry_is_ignored(checked: Toy) -> None:
    for path in (checked.path / check_cache.FOLDER).iterdir():
        path.write_bytes(b"junk")
    assert cached(checked, "toy") is None
    assert checked.cli("check", "toy").returncode == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_project_is_checked_all_the_same(toy: Toy) -> None:
    toy.written()
    toy.path.chmod(0o555)
    assert toy.cli("check", "toy").returncode == 0


def test_the_cached_path_imports_next_to_nothing(checked: Toy) -> None:
    code = (
        "import sys; before = set(sys.modules); from stagewright.cli import main\n"
        "assert main(['check', 'toy']) == 0; print(sorted(set(sys.modules) - before))"
    )
    ended = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {_paths()!r}; {code}"],
        cwd=checked.path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    new = ended.stdout.splitlines()[-1] if ended.stdout else ended.stderr
    assert "pathlib" not in new, new


def _paths() -> list[str]:
    return [str(Path(check_cache.__file__).parents[2])]


def test_a_check_from_elsewhere_leaves_nothing_there(toy: Toy, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    program = Path(sys.executable).with_name("stagewright")
    ended = subprocess.run(
        [program, "check", toy.written()], cwd=elsewhere, text=True, capture_output=True, check=True
    )
    assert "no problems" in ended.stdout
    assert not list(elsewhere.iterdir())
