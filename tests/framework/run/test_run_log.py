"""What a run keeps of a step that failed."""

from __future__ import annotations

from pathlib import Path

from stagewright.errors import StepError
from stagewright.record.record import Record
from stagewright.report.blocks import Facts
from stagewright.report.parts.steps import step
from stagewright.run.run_log import RunLog


def test_what_a_step_showed_before_it_failed_is_in_the_report(tmp_path: Path) -> None:
    said: list[str] = []
    log = RunLog(Record(tmp_path, "toy"), said.append)
    shown = [Facts("Search", facts={"finished": 9}).to_json()]
    log.failed("sweep", "optuna", "f0", StepError("2 of 24 trials failed"), 1.5, shown)
    log.failed("train/unet", "toy", "f1", StepError("nothing learned"), 0.5)
    assert said == ["✗ sweep: 2 of 24 trials failed", "✗ train/unet: nothing learned"]
    errors = tmp_path / "runs" / log.record.id / "errors"
    assert {path.name for path in errors.iterdir()} == {"sweep.txt", "sweep.report.json", "train.unet.txt"}
    run = {"folder": str(log.record.folder)}
    for entry, words in zip(log.steps, ("Search", "nothing learned"), strict=True):
        part = step(run, entry, lambda _: tmp_path, [])
        assert part is not None
        assert words in str(part.body)
    assert "Search" not in str(step(run, log.steps[1], lambda _: tmp_path, []))
