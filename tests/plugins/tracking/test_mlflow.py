"""The MLflow mirror, read back with MLflow's own client as anybody would."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stagewright.errors import StagewrightError
from stagewright.run import follow
from stagewright_plugins.tracking.mlflow import mlflow

from .conftest import VERSION, Recorded, moment, moved, packaged

DATABASE = ".stagewright/mlflow.db"


def client(project: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{project / DATABASE}")


def mirrored(recorded: Recorded, **settings: Any) -> Any:
    """Mirror, and read the MLflow run back."""
    seen = mlflow(recorded.inputs(), **settings)
    return client(recorded.project).get_run(seen.run_id)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recorded, Any]:
    """A run that went through, and its mirror."""
    run = Recorded(tmp_path_factory.mktemp("whole") / "project").whole()
    run.write()
    run.record()
    return run, mirrored(run, tags={"team": "lab"})


def test_a_run_becomes_one_finished_mlflow_run(whole: tuple[Recorded, Any]) -> None:
    run, found = whole
    reader = client(run.project)
    experiment = reader.get_experiment_by_name("cells")
    assert [item.info.run_id for item in reader.search_runs([experiment.experiment_id])] == [
        found.info.run_id
    ]
    assert found.info.status == "FINISHED"
    assert found.info.run_name == run.id
    assert (found.info.end_time - found.info.start_time) == 60_000


def test_where_it_can_be_seen_is_announced(whole: tuple[Recorded, Any]) -> None:
    run, found = whole
    assert [seen.run_id for seen in run.announced] == [found.info.run_id]
    assert run.announced[0].address == f"sqlite:///{run.project / DATABASE}"


def test_settings_are_parameters_and_how_it_is_tracked_is_not(whole: tuple[Recorded, Any]) -> None:
    params = whole[1].data.params
    assert params["train.model.width"] == "4"
    assert params["objective.kpis.minutes.target"] == "10"
    assert params["metrics.1"] == "dice"
    assert (params["name"], params["seed"]) == ("cells", "7")
    assert "secret" not in str(whole[1].to_dictionary())


def test_every_epoch_has_its_metrics(whole: tuple[Recorded, Any]) -> None:
    run, found = whole
    history = client(run.project).get_metric_history(found.info.run_id, "epoch/train_loss")
    assert [(point.step, point.value) for point in history] == [(0, 1.0), (1, 0.5)]
    assert found.data.metrics["epoch/iou_mean"] == 0.6


def test_scores_have_their_intervals_and_kpis_their_values(whole: tuple[Recorded, Any]) -> None:
    metrics = whole[1].data.metrics
    assert metrics["test/iou_mean"] == 0.66
    assert (metrics["test/iou_mean.low"], metrics["test/iou_mean.high"]) == (0.6, 0.7)
    assert metrics["baseline/iou_mean"] == 0.66
    assert metrics["validation/iou_mean"] == 0.7
    assert metrics["kpi/minutes"] == 8.5
    assert metrics["kpi/minutes.no_ml"] == 31.0
    assert metrics["seconds/train"] == 2.5
    assert "test/iou.cell" not in metrics  # a class without a value


def test_tags_say_where_it_comes_from_and_how_it_ended(whole: tuple[Recorded, Any]) -> None:
    tags = whole[1].data.tags
    assert tags["mlflow.source.git.commit"] == "c0ffee" * 6
    assert tags["mlflow.source.git.branch"] == "main"
    assert tags["mlflow.source.git.dirty"] == "true"
    assert tags["stagewright.run"] == whole[0].id
    assert (tags["stagewright.status"], tags["stagewright.exit_code"]) == ("succeeded", "0")
    assert tags["version.torch"] == "2.13.0"
    assert tags["team"] == "lab"
    assert tags["mlflow.note.content"] == "Cells on plates."


def test_the_dataset_is_an_input_by_its_version(whole: tuple[Recorded, Any]) -> None:
    from mlflow.data import get_source

    (given,) = whole[1].inputs.dataset_inputs
    assert given.dataset.name == "Plates"
    assert VERSION.startswith(given.dataset.digest)
    assert VERSION in given.dataset.profile
    assert [(tag.key, tag.value) for tag in given.tags] == [("mlflow.data.context", "training")]
    assert Path(get_source(given.dataset).load(), "card.json").is_file()


def test_the_model_is_a_logged_model_with_its_files_and_scores(whole: tuple[Recorded, Any]) -> None:
    run, found = whole
    reader = client(run.project)
    (output,) = found.outputs.model_outputs
    model = reader.get_logged_model(output.model_id)
    assert (model.name, model.status, model.model_type) == ("cells", "READY", "unet")
    assert model.params["model.width"] == "4"
    assert model.params["parameters"] == "77"
    scores = {metric.key: metric.value for metric in model.metrics}
    assert scores["validation/iou_mean"] == 0.7
    assert scores["test/iou_mean"] == 0.66
    files = {item.path for item in reader.list_logged_model_artifacts(output.model_id)}
    assert files == {"MLmodel", "model.safetensors", "history.json"}


def test_the_model_can_be_registered(whole: tuple[Recorded, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    run, found = whole
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{run.project / DATABASE}")  # the registry reads it
    reader = client(run.project)
    reader.create_registered_model("cells")
    model = found.outputs.model_outputs[0].model_id
    version = reader.create_model_version("cells", f"models:/{model}", model_id=model)
    assert (version.version, version.status) in ((1, "READY"), ("1", "READY"))


def test_report_and_record_are_artifacts(whole: tuple[Recorded, Any], tmp_path: Path) -> None:
    run, found = whole
    reader = client(run.project)
    names = {item.path for item in reader.list_artifacts(found.info.run_id)}
    assert names == {"record.json", "report.html", "run.json", "events.jsonl"}
    copy = reader.download_artifacts(found.info.run_id, "report.html", str(tmp_path))
    assert Path(copy).read_text() == (run.folder / "report.html").read_text()
    assert Path(
        reader.get_experiment_by_name("cells").artifact_location.removeprefix("file://")
    ).is_relative_to(run.project / ".stagewright" / "mlartifacts")


def test_nothing_is_dropped_where_the_program_stands(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    recorded.record()
    mirrored(recorded.whole())
    assert list((tmp_path / "here").iterdir()) == []
    assert {path.name for path in recorded.project.iterdir()} == {".stagewright"}


def test_the_mirror_follows_while_the_run_works(recorded: Recorded) -> None:
    seen: list[tuple[str, Any]] = []

    def look(event: dict[str, Any]) -> None:
        run = client(recorded.project).get_run(recorded.announced[0].run_id)
        seen.append((event["event"], (run.info.status, run.data.metrics.get("epoch/train_loss"))))

    recorded.meanwhile = look
    recorded.whole()
    recorded.record()
    mirrored(recorded)
    assert ("run_started", ("RUNNING", None)) in seen
    assert [value for event, value in seen if event == "epoch"] == [("RUNNING", 1.0), ("RUNNING", 0.5)]


def test_approaches_are_told_apart_and_the_chosen_one_has_the_scores(tmp_path: Path) -> None:
    run = Recorded(tmp_path / "project", approaches=("unet", "deep.lab")).whole()
    run.write()
    run.record()
    found = mirrored(run)
    assert found.data.metrics["epoch/unet/train_loss"] == 0.5
    assert found.data.metrics["validation/deep.lab/iou_mean"] == 0.7
    assert found.data.tags["stagewright.approach"] == "deep.lab"
    reader = client(run.project)
    models = [reader.get_logged_model(item.model_id) for item in found.outputs.model_outputs]
    scored = {model.name: {metric.key for metric in model.metrics} for model in models}
    assert scored.keys() == {"cells-unet", "cells-deep_lab"}
    assert "test/iou_mean" in scored["cells-deep_lab"]
    assert "test/iou_mean" not in scored["cells-unet"]


def test_a_compressed_model_is_one_more_model(recorded: Recorded) -> None:
    recorded.train()
    recorded.train("compress")
    recorded.add("package_registered", name="cells", version="feed", package="store/x")
    recorded.record()
    found = mirrored(recorded)
    models = [
        client(recorded.project).get_logged_model(item.model_id) for item in found.outputs.model_outputs
    ]
    assert {model.name for model in models} == {"cells", "cells-compress"}
    assert found.data.metrics["validation/compress/iou_mean"] == 0.7
    assert found.data.metrics["validation/iou_mean"] == 0.7
    assert found.data.tags["stagewright.package"] == "feed"


def test_a_step_that_nobody_knows_yet_does_no_harm(recorded: Recorded) -> None:
    recorded.finished("polish", {"path": "."})
    recorded.record()
    assert mirrored(recorded).data.metrics["seconds/polish"] == 2.5


@pytest.mark.parametrize(
    ("status", "code", "shown"),
    [
        ("failed", 1, "FAILED"),
        ("interrupted", 130, "KILLED"),
        ("gate_failed", 3, "FINISHED"),
        ("not_needed", 4, "FINISHED"),
    ],
)
def test_how_a_run_ended_is_mlflows_status(recorded: Recorded, status: str, code: int, shown: str) -> None:
    recorded.add("run_started", 0)
    recorded.add("run_finished", 9, status=status)
    recorded.record(status=status, exit_code=code, message="why", kpis=[], approaches=[])
    found = mirrored(recorded)
    assert found.info.status == shown
    assert found.data.tags["stagewright.status"] == status
    assert found.data.tags["stagewright.exit_code"] == str(code)
    assert found.data.tags["stagewright.message"] == "why"


def test_a_killed_run_ends_as_killed_with_what_it_had(recorded: Recorded) -> None:
    recorded.add("run_started", 0)
    recorded.train()
    found = mirrored(recorded)
    assert found.info.status == "KILLED"
    assert found.data.tags["stagewright.status"] == "killed"
    assert found.data.metrics["epoch/train_loss"] == 0.5


def test_a_failed_step_leaves_its_traceback(recorded: Recorded) -> None:
    (recorded.folder / "errors").mkdir()
    (recorded.folder / "errors" / "train.txt").write_text("Traceback …")
    recorded.record(status="failed", exit_code=1)
    found = mirrored(recorded)
    names = {item.path for item in client(recorded.project).list_artifacts(found.info.run_id, "errors")}
    assert names == {"errors/train.txt"}


def test_a_cached_model_is_not_copied_again(recorded: Recorded) -> None:
    recorded.record()
    first = mirrored(recorded.whole())
    again = replace(recorded, id="20260102-040506-000-cells-ef01", events=[], announced=[])
    again.write()
    again.train(status="cached")
    again.record()
    second = mirrored(again)
    assert second.data.metrics["epoch/train_loss"] == 0.5
    assert second.outputs is None or not second.outputs.model_outputs
    (used,) = second.inputs.model_inputs
    assert used.model_id == first.outputs.model_outputs[0].model_id


def test_a_multirun_is_one_tag(recorded: Recorded) -> None:
    recorded.run = {"parent": "20260102-030000-000-cells-multirun"}
    recorded.write()
    recorded.record()
    assert mirrored(recorded).data.tags["stagewright.multirun"] == "20260102-030000-000-cells-multirun"


def test_long_and_odd_settings_are_made_to_fit(recorded: Recorded) -> None:
    long = {f"p{i}": "x" * 7000 for i in range(230)}
    recorded.run = {"config": {"long": long, "odd": {"a b/ü?": 1, "../up": 2}}, "command": ["word"] * 9000}
    recorded.write()
    recorded.record()
    found = mirrored(recorded)
    assert len(found.data.params) == 234
    assert len(found.data.params["long.p229"]) == 6000
    assert found.data.params["long.p229"].endswith("…")
    assert found.data.params["odd.a b/ü_"] == "1"
    assert len(found.data.tags["stagewright.command"]) == 8000


def test_experiment_and_store_can_be_named(recorded: Recorded) -> None:
    from mlflow import MlflowClient

    recorded.record()
    settings = {"uri": "sqlite:///./kept/runs.db", "experiment": "plates", "artifacts": "kept/files"}
    seen = mlflow(recorded.inputs(), **settings)
    reader = MlflowClient(f"sqlite:///{recorded.project}/kept/runs.db")
    assert reader.get_run(seen.run_id).info.run_name == recorded.id
    location = reader.get_experiment_by_name("plates").artifact_location
    assert location == (recorded.project / "kept" / "files").as_uri()


def test_the_store_follows_stagewright_home(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEWRIGHT_HOME", str(tmp_path / "home"))
    recorded.record()
    mlflow(recorded.inputs())
    assert (tmp_path / "home" / "mlflow.db").is_file()
    assert client(recorded.project).get_experiment_by_name("cells") is None


# ---- what can go wrong ----------------------------------------------------------------------------------


def refused(recorded: Recorded, **settings: Any) -> str:
    """The one sentence of a mirror that fails, which it must within seconds."""
    recorded.record()
    began = time.monotonic()
    with pytest.raises(StagewrightError) as caught:
        mlflow(recorded.whole().inputs(), **settings)
    assert time.monotonic() - began < 15
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_read_only_database_is_said(recorded: Recorded) -> None:
    recorded.record()
    mirrored(recorded)
    uri = f"sqlite:///file:{recorded.project / DATABASE}?mode=ro&uri=true"
    assert "attempt to write a readonly database" in refused(recorded, uri=uri)


def test_a_file_that_is_no_database_is_said_and_left_alone(recorded: Recorded) -> None:
    (recorded.project / "notes.txt").write_text("not a database, and long enough to be looked at" * 9)
    assert "file is not a database" in refused(recorded, uri="sqlite:///notes.txt")
    assert (recorded.project / "notes.txt").read_text().startswith("not a database")


def test_a_dead_server_is_said_within_seconds(recorded: Recorded) -> None:
    message = refused(recorded, uri="http://me:secret@127.0.0.1:9")
    assert "http://127.0.0.1:9" in message
    assert "Connection refused" in message
    assert "secret" not in message


def test_a_silent_server_is_given_up(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_TIMEOUT", raising=False)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        message = refused(recorded, uri=f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout=1)
    assert "timed out" in message


def test_a_deleted_experiment_is_said(recorded: Recorded) -> None:
    recorded.record()
    run = mirrored(recorded)
    client(recorded.project).delete_experiment(run.info.experiment_id)
    assert "is deleted" in refused(recorded)


def test_a_creation_that_was_killed_is_made_up_for(recorded: Recorded) -> None:
    (recorded.project / DATABASE).write_bytes(b"")  # what an open that got no further leaves
    recorded.record()
    assert mirrored(recorded).info.status == "FINISHED"


# ---- as users have it -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_first_runs_at_once_share_one_new_database(tmp_path: Path) -> None:
    runs = [Recorded(tmp_path / "project", id=f"2026-{i}").whole() for i in range(3)]
    for run in runs:
        run.write()
        run.record()
        run.log()
    followers = [follow.start(run.folder, run.project, {"type": "mlflow"}) for run in runs]
    standings = [follower.wait(seconds=120) for follower in followers]
    assert [standing["status"] for standing in standings] == ["mirrored"] * 3, standings
    reader = client(tmp_path / "project")
    experiment = reader.get_experiment_by_name("cells").experiment_id
    found = {run.info.run_id: run.info.status for run in reader.search_runs([experiment])}
    assert found == {standing["run_id"]: "FINISHED" for standing in standings}
    for run in runs:
        assert (run.folder / follow.LOG).read_text() == ""  # no chatter


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A stock MLflow server with files of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
               "--backend-store-uri", f"sqlite:///{tmp_path}/server.db",
               "--artifacts-destination", str(tmp_path / "files")]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _until_open(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)


def _until_open(port: int) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server did not start")


@pytest.mark.slow
def test_a_tracking_server_gets_everything(recorded: Recorded, server: str) -> None:
    from mlflow import MlflowClient

    recorded.record()
    recorded.whole()
    version = packaged(recorded, 1)
    moved(recorded, "champion", version)
    seen = mlflow(recorded.inputs(), uri=server, timeout=60)
    reader = MlflowClient(server)
    champion = reader.get_model_version_by_alias("cells", "champion")
    assert (champion.tags["stagewright.version"], champion.run_id) == (version, seen.run_id)
    found = reader.get_run(seen.run_id)
    assert found.info.status == "FINISHED"
    assert found.data.metrics["test/iou_mean"] == 0.66
    assert {item.path for item in reader.list_artifacts(seen.run_id)} >= {"report.html", "record.json"}
    models = [output.model_id for output in found.outputs.model_outputs]
    files = {item.path for model in models for item in reader.list_logged_model_artifacts(model)}
    assert files >= {"model.safetensors", "MLmodel", "package"}
    assert seen.address == f"{server}/#/experiments/{found.info.experiment_id}/runs/{seen.run_id}"
    assert found.info.end_time == found.info.start_time + 60_000
    assert moment(0) in (recorded.folder / "run.json").read_text()
