"""Fingerprints: sources and data count by content."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("name", ["data/toy.py", "data/_numbers.py"])
def test_editing_a_source_runs_the_plugin_and_what_follows(toy: Any, name: str) -> None:
    toy.run()
    path = toy.path / "plugins" / name
    path.write_text(path.read_text() + "\n# edited\n")
    planned = toy.plan()
    assert toy.runs_again() == ["data", "baseline", "train", "evaluate"]
    assert planned["data"].reason == "source changed: data/toy"


def test_data_named_by_path_is_fingerprinted_by_content(toy: Any) -> None:
    folder = toy.path / "images"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    changes = {"data.folder": "images"}
    toy.run(changes)
    assert toy.runs_again(changes) == []
    (folder / "a.txt").touch()
    assert toy.runs_again(changes) == []
    (folder / "a.txt").write_text("two")
    assert "data" in toy.runs_again(changes)


def test_masks_drawn_for_live_requests_are_fingerprinted_and_nothing_else_of_the_log(toy: Any) -> None:
    toy.run()
    live = toy.path / ".stagewright" / "live" / "toy"
    for name in ("events/a-000001.jsonl", "payload/r1.npz"):
        (live / name).parent.mkdir(parents=True)
        (live / name).write_text("a request")
    assert toy.runs_again() == []
    (live / "masks").mkdir()
    (live / "masks" / "r1.npz").write_text("a mask")
    assert "data" in toy.runs_again()
    toy.run()
    assert toy.runs_again() == []
    assert "data" in toy.runs_again({"data.live": "another"})
