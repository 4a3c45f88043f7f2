"""A rollout in the gateway: assignment, shadow, promotion, rollback, loading, and going on after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateways import Ask, running, until, x
from small_packages import scaled, table
from stagewright import releases
from stagewright.live.event_log import folder, read
from stagewright.rollout import places
from stagewright.rollout.assignment import chosen
from stagewright_plugins.packaging.signature import read as signature

HALF = {"steps": [{"setWeight": 50}, {"pause": {}}]}
MIRROR = {"steps": [{"setMirrorRoute": {"percentage": 100}}, {"pause": {}}]}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    return scaled(tmp_path / "two", 2), scaled(tmp_path / "three", 3)


def version(package: Path) -> str:
    return str(signature(package)["version"])


def answered(ask: Ask, unit: str, **headers: str) -> int:
    """The factor of the arm that answered; the whole answer is that arm's."""
    reply = ask("POST", "/v2/models/scaled/infer", x([[1, 1, 1, 1]]), X_Unit_Id=unit, **headers)
    assert reply.status == 200, reply.body
    y, told = (output["data"] for output in reply.json["outputs"])
    assert y == [told[0]] * 4
    return int(told[0])


def test_units_stick_to_their_arm_as_the_controller_assigns_them(
    tmp_path: Path, two: tuple[Path, Path]
) -> None:
    with running(tmp_path / "home", *two, HALF) as (ask, _):
        state = ask("GET", "/v1/rollout").json
        assert (state["phase"], state["weight"], state["step"]) == ("Paused", 0.5, 1)
        units = [f"u{n}" for n in range(40)]
        arms = {unit: answered(ask, unit) for unit in units}
        assert set(arms.values()) == {2, 3}
        assert arms == {unit: answered(ask, unit) for unit in units}
        assert arms == {unit: 3 if chosen(state["rollout"], unit, 0.5) else 2 for unit in units}


def test_a_unit_can_be_a_header_or_an_input_that_the_policy_names(
    tmp_path: Path, two: tuple[Path, Path]
) -> None:
    policy = HALF | {"affinity": {"key": "X-User"}}
    with running(tmp_path / "home", *two, policy) as (ask, _):
        by_user = {answered(ask, f"u{n}", X_User="ann") for n in range(20)}
        assert len(by_user) == 1
    (event, *_) = read(folder(tmp_path / "home", "scaled"), kinds=["request"])
    assert event["unit"] == "ann"
    with running(tmp_path / "other", *two, HALF | {"affinity": {"key": "x"}}) as (ask, _):
        assert len({answered(ask, f"u{n}") for n in range(20)}) == 1  # all send the same input


def test_a_request_for_a_version_takes_no_part(tmp_path: Path, two: tuple[Path, Path]) -> None:
    with running(tmp_path / "home", *two, HALF) as (ask, gateway):
        for package, factor in zip(two, (2, 3), strict=True):
            path = f"/v2/models/scaled/versions/{version(package)}/infer"
            for n in range(5):
                reply = ask("POST", path, x([[1] * 4]), X_Unit_Id=f"u{n}")
                assert reply.json["outputs"][1]["data"] == [factor]
        until(lambda: gateway.assembly.traffic.pending == 0)
        assert ask("GET", "/v1/rollout").json["requests"] == 0
    assert {event["rollout"] for event in read(folder(tmp_path / "home", "scaled"), kinds=["request"])} == {
        ""
    }


def test_promotion_swaps_the_arms_and_moves_the_alias(tmp_path: Path, two: tuple[Path, Path]) -> None:
    home = tmp_path / "home"
    for package in two:
        releases.register(home, "scaled", version(package), str(package))
    releases.assign(home, "scaled", "champion", version(two[0]), "test", "")
    with running(home, *two, HALF) as (ask, _):
        reply = ask("POST", "/v1/rollout/promote", {"by": "ann", "reason": "looks good"})
        assert [one["decision"] for one in reply.json["decisions"]][-1] == "promoted"
        assert {answered(ask, f"u{n}") for n in range(20)} == {3}
        assert ask("GET", "/v2/models/scaled").json["versions"] == [version(two[1])]
        champion = releases.current(home, "scaled", "champion")
        assert champion is not None
        assert (champion.version, champion.by) == (version(two[1]), "gateway")
        # Regretted: the one before comes back.
        assert ask("POST", "/v1/rollout/rollback", {"by": "ann"}).status == 200
        assert {answered(ask, f"u{n}") for n in range(20)} == {2}
        champion = releases.current(home, "scaled", "champion")
        assert champion is not None
        assert champion.version == version(two[0])
    decisions = [event["decision"] for event in read(folder(home, "scaled"), kinds=["decision"])]
    assert decisions[:3] == ["started", "step", "set_weight"]
    assert "promoted" in decisions
    assert decisions[-1] == "rolled_back"


def test_commands(tmp_path: Path, two: tuple[Path, Path]) -> None:
    with running(tmp_path / "home", *two, HALF) as (ask, _):
        assert ask("POST", "/v1/rollout/pause", {"by": "ann"}).status == 200
        assert ask("POST", "/v1/rollout/resume", {"by": "ann"}).status == 200
        reply = ask("POST", "/v1/rollout/begin", {})
        assert (reply.status, reply.json["error"]) == (
            404,
            "no command 'begin'; there are promote, abort, rollback, pause, resume",
        )
        assert ask("POST", "/v1/rollout/pause", {"by": 3}).status == 400
        assert ask("POST", "/v1/rollout/abort", {"by": "ann", "reason": "too slow"}).status == 200
        assert {answered(ask, f"u{n}") for n in range(20)} == {2}
        again = ask("POST", "/v1/rollout/pause", {"by": "ann"})
        assert again.status == 409
        assert "over" in again.json["error"]
    with running(tmp_path / "alone", two[0]) as (ask, _):
        assert ask("GET", "/v1/rollout").json["phase"] == ""
        assert ask("POST", "/v1/rollout/promote").status == 409


def test_guards_see_requests_and_labels_and_roll_back(tmp_path: Path, two: tuple[Path, Path]) -> None:
    guard = {"name": "wrong", "metric": "label.error", "direction": "lower"}
    policy = HALF | {"analysis": {"guards": [guard]}}
    with running(tmp_path / "home", *two, policy) as (ask, _):
        for n in range(60):
            factor = answered(ask, f"u{n}", X_Request_Id=f"r{n}")
            ask("POST", "/v1/labels", {"request_id": f"r{n}", "values": {"error": float(factor == 3)}})
        until(lambda: ask("GET", "/v1/rollout").json["verdict"] == "rolled_back")
        until(lambda: {answered(ask, f"u{n}") for n in range(20)} == {2})
        state = ask("GET", "/v1/rollout").json
        assert (state["phase"], state["reason"]) == ("Degraded", "guard wrong failed")


ROW = {"place": {"datatype": "BYTES", "shape": [1, 1], "data": ["home"]}}
JUDGED = {
    "steps": [{"setWeight": 50}, {"pause": {}}],
    "analysis": {"guards": [{"name": "wrong", "metric": "label.correct < 1", "margin": 0.05}]},
}


def of_hours(ask: Ask, name: str, hours: float) -> None:
    """One row, answered with class `late` where the package thinks the hours too many."""
    inputs = ROW | {"hours": {"datatype": "FP32", "shape": [1, 1], "data": [hours]}}
    told = {"id": name, "inputs": [{"name": key, **tensor} for key, tensor in inputs.items()]}
    assert ask("POST", "/v2/models/table/infer", told, X_Request_Id=name).status == 200


def test_the_truth_alone_is_enough_for_a_guard_of_classes(tmp_path: Path) -> None:
    """The label says what is true, by name or index; whether the answer was right is found here, restart or not."""
    good = table(tmp_path / "good", 2, ("early", "late"))
    bad = table(tmp_path / "bad", 9, ("early", "late"))
    home = tmp_path / "home"
    with running(home, good, bad, JUDGED) as (ask, gateway):
        for n in range(200):
            of_hours(ask, f"r{n}", 5.0 if n % 2 else 1.0)
        for n in range(20):
            ask("POST", "/v1/labels", {"request_id": f"r{n}", "target": "late" if n % 2 else 0})
        until(lambda: gateway.assembly.traffic.pending == 0)
        (guard,) = ask("GET", "/v1/rollout").json["guards"]
        assert guard["stable"]["n"] + guard["canary"]["n"] == 20
        assert guard["stable"]["mean"] == 0.0
        assert guard["canary"]["mean"] > 0.2
    with running(home, good, bad, JUDGED) as (ask, gateway):
        for n in range(20, 200):
            ask("POST", "/v1/labels", {"request_id": f"r{n}", "target": "late" if n % 2 else "early"})
        until(lambda: gateway.assembly.traffic.pending == 0)
        state = ask("GET", "/v1/rollout").json
        assert (state["verdict"], state["reason"]) == ("rolled_back", "guard wrong failed")


def test_a_label_with_an_unknown_class_is_refused_with_all_that_came_with_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home, table(tmp_path / "good", 2, ("early", "late"))) as (ask, _):
        right = {"request_id": "a", "target": "late"}
        reply = ask("POST", "/v1/labels", [right, {"request_id": "b", "target": "lat"}])
        assert reply.status == 400
        assert reply.json["error"] == (
            "label of request 'b': `target` 'lat' is no class; did you mean 'late'? "
            "known by name or number: 'early' (0), 'late' (1)"
        )
        assert ask("POST", "/v1/labels", [right, {"request_id": "b", "target": 1}]).status == 202
        assert ask("POST", "/v1/labels", {"request_id": "c", "values": {"cost": 2}}).status == 202
    assert [event["id"] for event in read(folder(home, "table"), kinds=["label"])] == ["a", "b", "c"]


def test_shadow_answers_are_compared_and_never_seen(tmp_path: Path, two: tuple[Path, Path]) -> None:
    home = tmp_path / "home"
    with running(home, *two, MIRROR) as (ask, _):
        assert {answered(ask, f"u{n}", X_Request_Id=f"r{n}") for n in range(20)} == {2}

        def shadows() -> list[dict[str, Any]]:
            return [e for e in read(folder(home, "scaled"), kinds=["request"]) if e["arm"] == "shadow"]

        until(lambda: len(shadows()) == 20)
        metrics = ask("GET", "/metrics").body.decode()
    assert {event["id"] for event in shadows()} == {f"r{n}" for n in range(20)}
    assert {event["version"] for event in shadows()} == {version(two[1])}
    assert {event["agreement"] for event in shadows()} == {0.0}  # `version` decides, and differs
    assert 'stagewright_shadow_total{result="differed"} 20.0' in metrics


def test_a_restart_goes_on_in_the_same_step_with_the_same_assignment(
    tmp_path: Path, two: tuple[Path, Path]
) -> None:
    home, units = tmp_path / "home", [f"u{n}" for n in range(30)]
    with running(home, *two, HALF) as (ask, _):
        before, arms = ask("GET", "/v1/rollout").json, {unit: answered(ask, unit) for unit in units}
    with running(home, *two, {"steps": [{"setWeight": 1}, {"pause": {}}]}) as (ask, _):
        after = ask("GET", "/v1/rollout").json
        assert [after[k] for k in ("rollout", "step", "weight", "phase")] == [
            before[k] for k in ("rollout", "step", "weight", "phase")
        ]
        assert after["requests"] == 30
        assert {unit: answered(ask, unit) for unit in units} == arms
        ask("POST", "/v1/rollout/abort", {"by": "test"})
    with running(home, *two, HALF) as (ask, _):  # that one is over: this is a new one
        assert ask("GET", "/v1/rollout").json["requests"] == 0
    assert len(list(places.folder(home, "scaled").glob("*.jsonl"))) == 2


def test_what_the_log_hides_is_not_in_the_journal(tmp_path: Path, two: tuple[Path, Path]) -> None:
    home = tmp_path / "home"
    with running(home, *two, HALF, hash=("unit",), drop=("version",)) as (ask, _):
        for _ in range(3):
            answered(ask, "ann@example.org")
    (journal,) = places.folder(home, "scaled").glob("*.jsonl")
    events = list(read(folder(home, "scaled"), kinds=["request"]))
    assert len({event["unit"] for event in events}) == 1  # still joinable
    for text in (journal.read_text(), str(events)):
        assert text.count("'arm'") + text.count('"arm"') == 3
        assert "ann@example.org" not in text


@pytest.fixture
def alone(tmp_path: Path, two: tuple[Path, Path]) -> Iterator[tuple[Ask, Path, tuple[Path, Path]]]:
    home = tmp_path / "home"
    for package in two:
        releases.register(home, "scaled", version(package), str(package))
    releases.assign(home, "scaled", "champion", version(two[0]), "test", "")
    with running(home, two[0], policy=HALF) as (ask, _):
        yield ask, home, two


def load(ask: Ask, **parameters: Any) -> Any:
    return ask("POST", "/v2/repository/models/scaled/load", {"parameters": parameters})


def test_loading_another_version(alone: tuple[Ask, Path, tuple[Path, Path]]) -> None:
    ask, _, two = alone
    assert answered(ask, "u") == 2
    assert load(ask, version=version(two[1])[:10]).json["version"] == version(two[1])
    assert answered(ask, "u") == 3
    assert ask("POST", "/v2/repository/models/scaled/load").status == 200  # the champion
    assert answered(ask, "u") == 2
    assert load(ask, package=str(two[1])).status == 200
    assert answered(ask, "u") == 3


def test_loading_a_canary_begins_its_rollout(alone: tuple[Ask, Path, tuple[Path, Path]]) -> None:
    ask, _, two = alone
    assert load(ask, version=version(two[1]), arm="canary").json["arm"] == "canary"
    assert ask("GET", "/v1/rollout").json["weight"] == 0.5
    assert {answered(ask, f"u{n}") for n in range(30)} == {2, 3}
    for path in ("load", "unload"):
        reply = ask("POST", f"/v2/repository/models/scaled/{path}")
        assert reply.status == 409
        assert "under way" in reply.json["error"]


def test_unloading(alone: tuple[Ask, Path, tuple[Path, Path]]) -> None:
    ask, _, _ = alone
    assert ask("POST", "/v2/repository/models/scaled/unload").status == 200
    assert ask("GET", "/v2/health/ready").status == 503
    assert ask("GET", "/v2/models/scaled/ready").status == 503
    assert ask.infer([[1] * 4]).status == 503
    assert ask("POST", "/v2/repository/index").json[0]["state"] == "UNAVAILABLE"
    assert ask("POST", "/v2/repository/models/scaled/load").status == 200
    assert answered(ask, "u") == 2


def test_what_cannot_be_loaded(alone: tuple[Ask, Path, tuple[Path, Path]]) -> None:
    ask, _, two = alone
    (two[1] / "model.onnx").write_bytes(b"other")
    for parameters, status, said in (
        ({"version": version(two[1])}, 400, "model.onnx"),
        ({"version": "unheard"}, 404, "no release 'unheard'"),
        ({"package": "/nowhere"}, 400, "/nowhere is no package"),
        ({"arm": "third"}, 400, "`stable` or `canary`"),
        ({"weight": 3}, 400, "unknown parameter 'weight'"),
    ):
        reply = load(ask, **parameters)
        assert (reply.status, said in reply.json["error"]) == (status, True), reply.json
    assert answered(ask, "u") == 2  # the old one still serves


def test_a_web_page_cannot_command(alone: tuple[Ask, Path, tuple[Path, Path]]) -> None:
    ask, _, _ = alone
    for path in ("/v2/repository/models/scaled/unload", "/v1/rollout/abort"):
        assert ask("POST", path, Origin="https://elsewhere.example").status == 403
    assert answered(ask, "u") == 2


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("labels", {}, "`request_id` is missing"),
        ("labels", {"request_id": "r"}, "needs `values`"),
        ("labels", {"request_id": "r", "values": {"iou": "x"}}, "object of numbers"),
        ("labels", {"request_id": "r", "target": [1]}, "single value"),
        ("labels", {"request_id": "r", "target": {}}, "single value"),
        ("labels", {"request_id": "r", "target": [[]]}, "single value"),
        ("labels", {"request_id": "r", "target": [[1, 0], [1]]}, "equal length"),
        ("labels", {"request_id": "r", "target": [[1, 0], 3]}, "equal length"),
        ("labels", {"request_id": "r", "target": [[1, 0.5]]}, "whole numbers"),
        ("labels", {"request_id": "r", "target": [[True, False]]}, "whole numbers"),
        ("labels", {"request_id": "r", "target": [[[1]]]}, "whole numbers"),
        ("labels", {"request_id": "r", "target": [[[1], 1]]}, "whole numbers"),
        ("labels", {"request_id": "r", "target": [[1, -1]]}, "from 0 to 255"),
        ("labels", {"request_id": "r", "target": [[1, 256]]}, "from 0 to 255"),
        ("labels", {"request_id": "r", "target": [[0] * 2049] * 2048}, "at most 4194304 pixels"),
        ("labels", [], "an object, or an array"),
        ("labels", b"{", "not JSON"),
        ("feedback", {"request_id": "r"}, "needs a `value`"),
        ("feedback", {"request_id": "r", "value": 1, "text": 2}, "`text` must be text"),
    ],
)
def test_what_is_no_label(
    alone: tuple[Ask, Path, tuple[Path, Path]], path: str, body: Any, said: str
) -> None:
    reply = alone[0]("POST", f"/v1/{path}", body)
    assert reply.status == 400
    assert said in reply.json["error"]


def test_labels_and_feedback_are_logged(alone: tuple[Ask, Path, tuple[Path, Path]]) -> None:
    ask, home, _ = alone
    many = [{"request_id": "a", "values": {"iou": 0.5}}, {"request_id": "b", "target": "tumour"}]
    assert ask("POST", "/v1/labels", many).json == {"accepted": 2}
    assert ask("POST", "/v1/feedback", {"request_id": "a", "value": -1, "text": "no"}).status == 202

    def events() -> list[dict[str, Any]]:
        found = read(folder(home, "scaled"), kinds=["label", "feedback"])
        return [{k: v for k, v in event.items() if k != "t"} for event in found]

    until(lambda: len(events()) == 3)
    assert events() == [
        {"kind": "label", "id": "a", "values": {"iou": 0.5}, "target": None},
        {"kind": "label", "id": "b", "values": {}, "target": "tumour"},
        {"kind": "feedback", "id": "a", "value": -1, "text": "no"},
    ]


def test_a_mask_is_kept_beside_the_log_and_a_second_one_takes_its_place(
    alone: tuple[Ask, Path, tuple[Path, Path]],
) -> None:
    ask, home, _ = alone
    place = folder(home, "scaled")
    for mask in ([[0, 1], [2, 1], [0, 0]], [[2, 2]]):
        assert ask("POST", "/v1/labels", {"request_id": "a", "target": mask}).status == 202
    until(lambda: len(list(read(place, kinds=["label"]))) == 2)
    assert [e["target"] for e in read(place, kinds=["label"])] == [{"ref": "masks/a.npz"}] * 2
    with np.load(place / "masks" / "a.npz") as kept:
        assert (kept["target"].dtype, kept["target"].tolist()) == (np.uint8, [[2, 2]])
