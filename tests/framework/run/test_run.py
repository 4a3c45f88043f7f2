"""The runner: cache, the record, failures."""

from __future__ import annotations

import errno
import json
import math
from pathlib import Path
from typing import Any

import pytest

from stagewright.errors import StepError, StoreError
from stagewright.record import record
from stagewright.run import run


def test_a_run_records_verdicts_metrics_and_steps(toy: Any) -> None:
    outcome = toy.run()
    assert outcome.exit_code == 0, outcome.record["message"]
    shown = record.load(outcome.folder)
    assert shown["status"] == "succeeded"
    assert shown["metrics"]["acc"] == {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}
    assert shown["kpis"][0]["value"] == pytest.approx(5.0)
    assert shown["kpis"][0]["reached"] is False
    assert shown["kpis"][0]["no_ml"] == pytest.approx(9.0)
    assert [gate["passed"] for gate in shown["gates"]] == [True, True]
    assert shown["seed"] == 3
    assert shown["versions"]["python"]
    assert (outcome.folder / "report.html").is_file()


def test_an_unchanged_run_executes_nothing_and_gives_the_same_metrics(toy: Any) -> None:
    first, second = toy.run(), toy.run()
    assert set(toy.statuses(first).values()) == {"ran"}
    assert set(toy.statuses(second).values()) == {"cached"}
    assert first.record["metrics"] == second.record["metrics"]


def test_the_executed_set_is_the_planned_set(toy: Any) -> None:
    toy.run()
    changes = {"train.score": 0.6}
    planned = {name: step.status for name, step in toy.plan(changes).items()}
    done = toy.statuses(toy.run(changes))
    assert {name for name, status in planned.items() if status == "run"} == {
        name for name, status in done.items() if status == "ran"
    }
    assert done == {name: {"run": "ran"}.get(status, status) for name, status in planned.items()}


def test_a_cached_step_tells_its_epochs_again(toy: Any) -> None:
    toy.run()
    events = list(record.events(toy.run().folder))
    epochs = [event for event in events if event["event"] == "epoch"]
    assert [event["epoch"] for event in epochs] == [0, 1]
    assert all(event["replayed"] and event["step"] == "train" for event in epochs)


def test_a_failing_step_keeps_what_was_finished_and_names_the_line(toy: Any) -> None:
    outcome = toy.run({"train.fail": "no luck"})
    assert outcome.exit_code == 1
    assert "train (toy) failed: ValueError: no luck" in outcome.record["message"]
    assert "train/toy.py:" in outcome.record["message"]
    assert "Traceback" in (outcome.folder / "errors" / "train.txt").read_text()
    again = toy.statuses(toy.run())
    assert again["data"] == "cached"
    assert again["train"] == "ran"


def test_a_plugin_that_fails_inside_a_step_is_named_itself(toy: Any) -> None:
    train, model = (toy.path / "plugins" / "train" / name for name in ("toy.py", "model/small.py"))
    train.write_text(train.read_text().replace("    if fail:", "    model(None)\n    if fail:", 1))
    model.write_text(model.read_text().replace("return None", 'raise ValueError("no width")', 1))
    message = toy.run().record["message"]
    assert "train (toy) failed: ValueError: no width" in message
    line = model.read_text().split("raise")[0].count("\n") + 1
    assert f"train/model/small.py:{line})" in message


def test_a_full_disk_is_one_clear_error_and_loses_nothing(toy: Any) -> None:
    toy.run()
    plugin = toy.path / "plugins" / "evaluate" / "toy.py"
    full = 'open("/dev/full", "w", buffering=1).write("x\\n")\n    value ='
    plugin.write_text(plugin.read_text().replace("value =", full, 1))
    outcome = toy.run()
    assert outcome.exit_code == StoreError.exit_code
    assert "the disk is full" in outcome.record["message"]
    assert "Traceback" not in outcome.record["message"]
    assert toy.statuses(outcome)["train"] == "cached"


def test_a_traceback_that_the_full_disk_does_not_take_costs_no_verdict(toy: Any, monkeypatch: Any) -> None:
    """The step fails for want of room, and so does the file that would say why."""
    toy.run({"train.score": 0.45})
    write = Path.write_text

    def full(path: Path, *given: Any, **named: Any) -> int:
        if "errors" in path.parts or path.name == "report.json":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write(path, *given, **named)

    monkeypatch.setattr(Path, "write_text", full)
    outcome = toy.run()
    assert outcome.exit_code == StoreError.exit_code
    assert "the disk is full" in outcome.record["message"]
    assert outcome.record["steps"][-1]["status"] == "failed"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ('Model(inputs.context.workdir, "toy", {}, {"acc": Number()}, 7)', "cannot be kept"),
        (
            'Model(Path("/tmp"), "toy", {}, {"acc": 0.5}, 7)',
            "its path /tmp lies outside of the step's folder",
        ),
        ("Linked(inputs)", "is a link"),
        ("7", "must return its contract's handle, got int"),
    ],
)
def test_what_a_stage_leaves_that_cannot_be_kept_is_the_stages_failure(
    toy: Any, left: str, said: str
) -> None:
    toy.plugin(
        "train/strange.py",
        f"""
        '''Toy training that returns what no store takes.'''
        from pathlib import Path
        from stagewright.stages import train
        from stagewright.stages.train import Inputs, Model

        class Number:
            pass

        def Linked(inputs):
            (inputs.context.workdir / "weights").symlink_to("/etc/hostname")
            return Model(inputs.context.workdir, "toy", {{}}, {{"acc": 0.5}}, 7)

        @train.stage
        def strange(inputs: Inputs, /) -> Model:
            return {left}
        """,
    )
    outcome = toy.run({"train": {"type": "strange"}})
    assert outcome.exit_code == StepError.exit_code
    assert outcome.record["message"].startswith("train (strange)")
    assert said in outcome.record["message"]
    assert "internal error" not in outcome.record["message"]


def test_the_folder_of_a_run_is_never_seen_without_its_beginning(toy: Any, monkeypatch: Any) -> None:
    """Planning may read much data; whoever lists runs meanwhile must not take this one for killed."""
    seen = []
    monkeypatch.setattr(run, "planned", lambda _: seen.extend(record.runs(toy.store.home)) or [])
    assert toy.run().exit_code == 0
    assert seen == []


def test_what_a_killed_attempt_left_behind_is_not_part_of_the_artifact(toy: Any) -> None:
    fingerprint = toy.plan()["data"].fingerprint
    leftover = toy.store.home / "work" / fingerprint / "half.txt"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("half")
    outcome = toy.run()
    artifact = next(step["artifact"] for step in outcome.record["steps"] if step["step"] == "data")
    names = {path.name for path in toy.store.artifact(artifact).iterdir()}
    assert names == {"numbers.txt", "report.json"}


def test_events_are_json_lines_and_end_with_the_status(toy: Any) -> None:
    outcome = toy.run()
    lines = (outcome.folder / "events.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["event"] == "run_started"
    assert json.loads(lines[-1])["status"] == "succeeded"


UNDEFINED = """
    '''Toy evaluation of a model that diverged.'''
    from stagewright.report.blocks import Facts
    from stagewright.stages import evaluate
    from stagewright.stages.evaluate import Inputs
    from stagewright.stages.scores import Score, Scores

    @evaluate.stage
    def undefined(inputs: Inputs, /) -> Scores:
        inputs.context.emit("diverged", loss=float("inf"))
        inputs.context.show(Facts("Loss", facts={"loss": float("inf")}))
        return Scores(inputs.context.workdir, "test", {"acc": Score(float("nan"), float("-inf"))})
"""


def test_all_that_a_run_writes_is_json_though_a_value_is_no_number(toy: Any) -> None:
    """RFC 8259 knows no NaN; the gate says what the value was, in the first run and from the cache."""
    toy.plugin("evaluate/undefined.py", UNDEFINED)
    changes = {"evaluate": {"type": "undefined"}, "framing.success": ["acc > 0.3 or not acc > 0.3"]}
    for outcome in (toy.run(changes), toy.run(changes)):
        assert outcome.record["metrics"]["acc"]["value"] is None
        loaded = record.load(outcome.folder)
        assert {key: loaded[key] for key in outcome.record} == outcome.record
        failed = [gate for gate in outcome.record["gates"] if not gate["passed"]]
        assert {gate["name"] for gate in failed} == {"beats the baseline", "success criterion"}
        assert "'acc' is not a number" in failed[-1]["message"]
    written = [*toy.store.home.rglob("*.json"), *toy.store.home.rglob("*.jsonl")]
    assert {path.name for path in written} > {"record.json", "events.jsonl", "entry.json", "report.json"}
    for path in written:
        for line in path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]:
            json.loads(line, parse_constant=_refused)
    assert "acc none" in next(line for line in toy.cli("runs", "list").stdout.splitlines())


def test_a_record_of_before_is_still_read(toy: Any) -> None:
    """Python wrote NaN and Infinity as they are."""
    folder = toy.run().folder
    told = json.loads((folder / "record.json").read_text())
    told["metrics"]["acc"]["value"] = math.nan
    (folder / "record.json").write_text(json.dumps(told))
    assert record.load(folder)["metrics"]["acc"]["value"] is None
    assert json.loads(toy.cli("runs", "show", "latest", "--json").stdout)["metrics"]["acc"]["value"] is None
    assert "acc none" in toy.cli("runs", "list").stdout


def _refused(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def test_a_run_without_an_end_counts_as_killed(toy: Any) -> None:
    folder = toy.run().folder
    (folder / "record.json").unlink()
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"pid": 2**22 + 1}))
    shown = record.load(folder)
    assert shown["status"] == "killed"
    assert {step["step"] for step in shown["steps"]} == set(toy.statuses(toy.run()))


def test_paths_of_a_handle_outlive_a_move_of_the_project(toy: Any, tmp_path: Path) -> None:
    toy.run()
    moved = tmp_path / "moved"
    toy.path.rename(moved)
    toy.path = moved
    outcome = toy.run({"evaluate.note": "again"})
    assert outcome.exit_code == 0
    assert toy.statuses(outcome)["train"] == "cached"
