"""Planning: what runs again after a change, and the reason given."""

from __future__ import annotations

from typing import Any

import pytest

STEPS = ["objective", "framing", "data", "metrics", "baseline", "train", "evaluate"]


def runs_again(toy: Any, changes: dict[str, Any] | None = None) -> list[str]:
    return [name for name, step in toy.plan(changes).items() if step.status == "run"]


def test_everything_runs_the_first_time(toy: Any) -> None:
    assert runs_again(toy) == STEPS
    assert toy.plan()["data"].reason == "never ran"


@pytest.mark.parametrize(
    ("changes", "again"),
    [
        ({}, []),
        ({"evaluate.note": "x"}, ["evaluate"]),
        ({"train.score": 0.6}, ["train", "evaluate"]),
        ({"train.model.width": 5}, ["train", "evaluate"]),
        ({"data.size": 9}, ["data", "baseline", "train", "evaluate"]),
        ({"data.workers": 9}, []),
        ({"seed": 4}, ["data", "baseline", "train", "evaluate"]),
        ({"description": "words change nothing"}, []),
        ({"objective.problem": "far too slow"}, ["objective", "framing"]),
        ({"framing.success": ["acc >= 0.3"]}, ["framing"]),
        ({"framing.milestones": [{"name": "m", "date": "2027-01-01", "expect": "acc > 0.9"}]}, ["framing"]),
        ({"framing.budget": {"wall_minutes": 5}}, ["framing"]),
        ({"metrics.of": ["acc"]}, ["metrics"]),  # says the same as the default
    ],
)
def test_a_change_runs_its_step_and_what_follows(toy: Any, changes: dict[str, Any], again: list[str]) -> None:
    toy.run()
    assert runs_again(toy, changes) == again


def test_the_reason_names_the_setting_with_both_values(toy: Any) -> None:
    toy.run()
    assert toy.plan({"train.score": 0.6})["train"].reason == "settings changed: score 0.5 → 0.6"
    assert toy.plan({"train.score": 0.6})["evaluate"].reason == "follows model"
    assert "seed changed: 3 → 4" in toy.plan({"seed": 4})["data"].reason


@pytest.mark.parametrize("name", ["data/toy.py", "data/_numbers.py"])
def test_editing_a_source_runs_the_plugin_and_what_follows(toy: Any, name: str) -> None:
    toy.run()
    path = toy.path / "plugins" / name
    path.write_text(path.read_text() + "\n# edited\n")
    planned = toy.plan()
    assert runs_again(toy) == ["data", "baseline", "train", "evaluate"]
    assert planned["data"].reason == "source changed: data/toy"


def test_data_named_by_path_is_fingerprinted_by_content(toy: Any) -> None:
    folder = toy.path / "images"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    changes = {"data.folder": "images"}
    toy.run(changes)
    assert runs_again(toy, changes) == []
    (folder / "a.txt").touch()
    assert runs_again(toy, changes) == []
    (folder / "a.txt").write_text("two")
    assert "data" in runs_again(toy, changes)


def test_masks_drawn_for_live_requests_are_fingerprinted_and_nothing_else_of_the_log(toy: Any) -> None:
    toy.run()
    live = toy.path / ".stagewright" / "live" / "toy"
    for name in ("events/a-000001.jsonl", "payload/r1.npz"):
        (live / name).parent.mkdir(parents=True)
        (live / name).write_text("a request")
    assert runs_again(toy) == []
    (live / "masks").mkdir()
    (live / "masks" / "r1.npz").write_text("a mask")
    assert "data" in runs_again(toy)
    toy.run()
    assert runs_again(toy) == []
    assert "data" in runs_again(toy, {"data.live": "another"})


def test_a_damaged_artifact_is_noticed_and_made_anew(toy: Any) -> None:
    outcome = toy.run()
    artifact = next(step["artifact"] for step in outcome.record["steps"] if step["step"] == "data")
    path = toy.store.artifact(artifact) / "numbers.txt"
    path.chmod(0o644)
    path.write_text("9 9 9")
    assert toy.plan()["data"].reason == "artifact damaged: numbers.txt was changed"
    toy.run()
    assert path.read_text() == "0 3 6"
    path.unlink()
    assert "is missing" in toy.plan()["data"].reason
