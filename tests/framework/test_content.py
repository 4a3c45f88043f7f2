"""Digests of what a recipe names by path."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stagewright.content import path_digest, write_atomically


def test_a_change_behind_a_linked_folder_is_noticed(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data.mkdir()
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text("one")
    (data / "train").symlink_to(elsewhere)
    before = path_digest(data, tmp_path / "paths.json")
    (elsewhere / "a.txt").write_text("two, longer")
    assert path_digest(data, tmp_path / "paths.json") != before


def test_a_link_to_a_folder_above_ends(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("one")
    (tmp_path / "data" / "again").symlink_to(tmp_path / "data")
    assert path_digest(tmp_path / "data", tmp_path / "paths.json") != "absent"


def test_threads_that_write_the_same_file_leave_one_whole(tmp_path: Path) -> None:
    texts = [str(number) * 10_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            list(pool.map(lambda text: write_atomically(tmp_path / "a", text, durable=False), texts))
            assert (tmp_path / "a").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
