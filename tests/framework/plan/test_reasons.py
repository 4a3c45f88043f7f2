"""Why a step runs, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stagewright.plan.reasons import remember, why


def test_the_reason_names_the_setting_with_both_values(toy: Any) -> None:
    toy.run()
    assert toy.plan({"train.score": 0.6})["train"].reason == "settings changed: score 0.5 → 0.6"
    assert toy.plan({"train.score": 0.6})["evaluate"].reason == "follows model"
    assert "seed changed: 3 → 4" in toy.plan({"seed": 4})["data"].reason


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


def test_a_champion_is_named_by_the_beginning_of_its_version(tmp_path: Path) -> None:
    parts = {"settings": {}, "source": {}, "versions": {}, "seed": 1, "inputs": {}}
    before, now = {**parts, "against": ""}, {**parts, "against": "5600f7e1c021" + 52 * "0"}
    remember(tmp_path, "toy", "rollout", before)
    assert why(tmp_path, "toy", "rollout", now, "") == "the champion is another: the baseline → 5600f7e1c021"


def test_an_empty_text_is_seen_among_changed_settings(tmp_path: Path) -> None:
    parts = {"settings": {"note": "now"}, "source": {}, "versions": {}, "seed": 1, "inputs": {}}
    remember(tmp_path, "toy", "train", parts)
    now = {**parts, "settings": {"note": "", "path": "a b", "sep": ", ", "width": 3}}
    assert why(tmp_path, "toy", "train", now, "") == (
        "settings changed: note now → '', path absent → a b, sep absent → ', ' and 1 more"
    )
