"""The sections after evaluation on the core: which model they get, whose verdicts end a run, what is cached."""

from __future__ import annotations

from typing import Any

from stagewright import releases
from stagewright.record import review

STEPS = ["objective", "framing", "data", "metrics", "baseline", "train", "evaluate"]
LIVE = ["compress", "deploy", "rollout", "monitor"]


def test_a_run_goes_from_objective_to_monitoring(toy: Any) -> None:
    outcome = toy.run(toy.live())
    assert outcome.exit_code == 0, outcome.record["message"]
    assert list(toy.statuses(outcome)) == STEPS + LIVE
    assert {gate["name"] for gate in outcome.record["gates"]} >= {"limits", "rollout"}


def test_evaluate_scores_the_model_as_trained_and_deploy_packs_the_compressed_one(toy: Any) -> None:
    outcome = toy.run(toy.live({"compress.loss": 0.05, "compress.type": "toy"}))
    assert outcome.record["metrics"]["acc"]["value"] == 0.5
    assert releases.current(toy.store.home, "toy", "champion").version == "v0.45"


def test_a_steps_own_verdict_fails_the_run_where_it_stands(toy: Any) -> None:
    outcome = toy.run(toy.live({"compress.loss": 0.2, "compress.type": "toy"}))
    assert outcome.exit_code == 3
    assert "drop <= 0.1" in outcome.record["message"]
    assert list(toy.statuses(outcome)) == [*STEPS, "compress"]


def test_a_package_becomes_challenger_once_it_is_accepted(toy: Any) -> None:
    changes = toy.live({"objective.stakeholders": [{"role": "owner", "approves": ["deploy"]}]})
    waiting = toy.run(changes)
    assert waiting.exit_code == 5
    assert "deploy waits for owner" in waiting.record["message"]
    assert list(toy.statuses(waiting)) == [*STEPS, "compress", "deploy"]
    assert releases.newest(toy.store.home, "toy").version == "v0.5"
    assert releases.current(toy.store.home, "toy", "challenger") is None
    fingerprint = waiting.record["steps"][-1]["fingerprint"]
    verdict = {"role": "owner", "accepted": True, "by": "A. Person", "reason": "fine"}
    review.give(toy.store.home, fingerprint, verdict)
    assert toy.run(changes).exit_code == 0
    assert releases.current(toy.store.home, "toy", "challenger").version == "v0.5"


def test_a_package_that_fails_a_gate_never_becomes_challenger(toy: Any) -> None:
    source = toy.path / "plugins" / "deploy" / "toy.py"
    failing = source.read_text().replace(
        "version, {})", 'version, {}, (), (Verdict("card", "c", False, "no"),))'
    )
    source.write_text("from stagewright.stages.verdict import Verdict\n" + failing.split("\n", 1)[1])
    outcome = toy.run(toy.live())
    assert outcome.exit_code == 3
    assert releases.current(toy.store.home, "toy", "challenger") is None


def test_a_challenger_that_is_rolled_back_fails_the_run_and_the_champion_stays(toy: Any) -> None:
    toy.run(toy.live())
    outcome = toy.run(
        toy.live({"deploy.note": "b", "deploy.type": "toy", "rollout": {"type": "toy", "good": False}})
    )
    assert outcome.exit_code == 3
    assert releases.current(toy.store.home, "toy", "champion").version == "v0.5"


def test_a_promoted_run_repeated_executes_nothing(toy: Any) -> None:
    toy.run(toy.live())
    again = toy.run(toy.live())
    assert set(toy.statuses(again).values()) == {"cached"}
    assert again.exit_code == 0


def test_another_champion_makes_the_rollout_run_anew(toy: Any) -> None:
    toy.run(toy.live())
    outcome = toy.run(toy.live({"deploy": {"type": "toy", "note": "b"}}))
    assert "against v0.5" in outcome.record["gates"][-1]["message"]
    releases.assign(toy.store.home, "toy", "champion", "v0.5", "A. Person", "the new one is too slow")
    third = toy.run(toy.live({"deploy": {"type": "toy", "note": "c"}}))
    assert "against v0.5" in third.record["gates"][-1]["message"]


def test_the_plan_knows_the_last_sections_before_the_first_run(toy: Any) -> None:
    changes = toy.live(
        {
            "framing.approaches": [
                {"name": "one", "reason": "r", "train": {"score": 0.3}},
                {"name": "two", "reason": "r", "train": {"score": 0.5}},
            ]
        }
    )
    planned = toy.plan(changes)
    assert [planned[name].status for name in LIVE] == ["run"] * 4
    outcome = toy.run(changes)
    assert outcome.exit_code == 0, outcome.record["message"]
