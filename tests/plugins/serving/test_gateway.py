from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateways import Ask, running, until, x
from small_packages import identity, scaled, table
from stagewright.errors import StagewrightError
from stagewright.live.event_log import folder, read


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ask(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    package = scaled(tmp_path_factory.mktemp("packages") / "two", 2)
    with running(home, package, max_body=100_000) as (ask, _):
        yield ask


def test_the_protocols_endpoints(ask: Ask) -> None:
    about = ask("GET", "/v2").json
    assert about["name"] == "stagewright"
    assert "binary_tensor_data" in about["extensions"]
    assert ask("GET", "/v2/health/live").json == {"live": True}
    ready = ask("GET", "/v2/health/ready")
    assert (ready.status, ready.json) == (200, {"live": True, "ready": True})
    model = ask("GET", "/v2/models/scaled").json
    assert model["name"] == "scaled"
    assert model["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]
    assert [tensor["name"] for tensor in model["outputs"]] == ["y", "version"]
    version = model["versions"][0]
    assert ask("GET", f"/v2/models/scaled/versions/{version}").json == model
    for path in ("scaled/ready", f"scaled/versions/{version}/ready"):
        assert ask("GET", f"/v2/models/{path}").json == {"name": "scaled", "ready": True}
    assert ask("GET", "/v2/models").json == {"models": ["scaled"]}
    assert ask("POST", "/v2/repository/index").json[0]["state"] == "READY"


def test_inference(ask: Ask) -> None:
    reply = ask.infer([[1, 2, 3, 4]], id="mine", outputs=[{"name": "y"}])
    assert reply.status == 200
    assert reply.json["id"] == "mine"
    assert reply.json["model_name"] == "scaled"
    assert reply.json["outputs"] == [
        {"name": "y", "datatype": "FP32", "shape": [1, 4], "data": [2.0, 4.0, 6.0, 8.0]}
    ]
    version = reply.json["model_version"]
    again = ask("POST", f"/v2/models/scaled/versions/{version}/infer", x([[1, 2, 3, 4]]))
    assert [tensor["name"] for tensor in again.json["outputs"]] == ["y", "version"]
    assert "id" not in again.json


@pytest.mark.parametrize("encode", [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_requests(ask: Ask, encode) -> None:
    body = b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 1, 1, 1]}]}'
    name, compress = encode
    reply = ask("POST", "/v2/models/scaled/infer", compress(body), Content_Encoding=name)
    assert reply.json["outputs"][0]["data"] == [2, 2, 2, 2]
    cut = ask("POST", "/v2/models/scaled/infer", compress(body)[:-6], Content_Encoding=name)
    assert cut.status == 400
    bomb = ask("POST", "/v2/models/scaled/infer", compress(bytes(10_000_000)), Content_Encoding=name)
    assert bomb.status == 413


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/nowhere", None, 404, "there is nothing at /nowhere"),
        ("GET", "/v2/models/other", None, 404, "no model 'other' here; this gateway serves 'scaled'"),
        ("POST", "/v2/models/other/infer", {}, 404, "no model 'other'"),
        ("GET", "/v2/models/scaled/versions/9", None, 404, "no version '9' here; loaded: "),
        ("GET", "/v2/models/scaled/infer", None, 405, "wants POST, not GET"),
        ("DELETE", "/v2", None, 405, "wants GET"),
        ("POST", "/v2/models/scaled/infer", b"{", 400, "not JSON"),
        ("POST", "/v2/models/scaled/infer", x([[1, 2]]), 400, "[1, 2]"),
        ("POST", "/v2/models/scaled/infer", x([[1] * 4]) | {"outputs": [{"name": "z"}]}, 400, "no output 'z'; the model gives 'y', 'version'"),
        ("POST", "/v2/models/scaled/infer", {"inputs": [{"name": "w", "datatype": "FP32", "shape": [1], "data": [1]}]}, 400, "'w'"),
        ("POST", "/v2/models/scaled/infer", {"inputs": [{"name": "x", "datatype": "INT32", "shape": [1, 4], "data": [1] * 4}]}, 400, "'x'"),
        ("POST", "/v2/models/scaled/infer", bytes(100_001), 413, "larger than the 100,000 bytes"),
        ("POST", "/invocations", {"inputs": [[1, 2]]}, 400, "'x'"),
    ],
)  # fmt: skip
def test_errors_are_one_precise_sentence(
    ask: Ask, method: str, path: str, body: object, status: int, said: str
) -> None:
    reply = ask(method, path, body)
    assert reply.status == status
    assert said in reply.json["error"]
    assert list(reply.json) == ["error"]
    ask.connection.close()  # after a body that was not read, the server closes


def test_a_body_that_grows_beyond_the_limit_without_a_length(ask: Ask) -> None:
    ask.connection.putrequest("POST", "/v2/models/scaled/infer")
    ask.connection.putheader("Transfer-Encoding", "chunked")
    ask.connection.endheaders()
    for _ in range(2):
        ask.connection.send(b"ea60\r\n" + bytes(60_000) + b"\r\n")
    assert ask.connection.getresponse().status == 413
    ask.connection.close()


def test_request_ids(ask: Ask, home: Path) -> None:
    assert ask.infer([[1] * 4]).headers["x-request-id"] != ask.infer([[1] * 4]).headers["x-request-id"]
    mine = ask("POST", "/v2/models/scaled/infer", x([[1] * 4]), X_Request_Id="trace-7")
    assert mine.headers["x-request-id"] == "trace-7"
    assert ask.infer([[1] * 4], id="from-body").headers["x-request-id"] == "from-body"
    hostile = ask.infer([[1] * 4], id="a\r\nSet-Cookie: b")
    assert hostile.json["id"] == "a\r\nSet-Cookie: b"
    assert "set-cookie" not in hostile.headers

    def logged() -> set[str]:
        return {event["id"] for event in read(folder(home, "scaled"), kinds=["request"])}

    until(lambda: {"trace-7", "from-body"} <= logged())


def test_mlflows_paths(ask: Ask) -> None:
    assert [ask("GET", path).status for path in ("/ping", "/health", "/version")] == [200] * 3
    reply = ask("POST", "/invocations", {"instances": [[1, 2, 3, 4]], "params": {"outputs": ["y"]}})
    assert reply.json == {"predictions": {"y": [[2, 4, 6, 8]]}}


def test_both_protocols_give_the_same_numbers(ask: Ask) -> None:
    values = [[0.1, 1e-7, 3e7, -2.5], [1, 2, 3, 4]]
    v2 = ask.infer(values).json["outputs"][0]["data"]
    mlflow = ask("POST", "/invocations", {"inputs": values}).json["predictions"]["y"]
    assert v2 == pytest.approx([value for row in mlflow for value in row], rel=1e-6)


def test_metrics_are_what_prometheus_reads(ask: Ask) -> None:
    ask.infer([[1] * 4])
    ask("GET", "/nowhere")
    reply = ask("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(reply.body.decode())}
    counts = {(s.labels["arm"], s.labels["status"]): s.value for s in families["stagewright_requests"].samples if s.name.endswith("_total")}  # fmt: skip
    assert counts["stable", "200"] >= 1
    assert counts["", "404"] >= 1
    for name in ("request_seconds", "queue_seconds", "predict_seconds", "batch_rows"):
        counted = [s for s in families[f"stagewright_{name}"].samples if s.name.endswith("_count")]
        assert counted[0].value >= 1, name
    (model,) = families["stagewright_model_info"].samples
    assert (model.labels["arm"], model.labels["model"], len(model.labels["version"])) == (
        "stable",
        "scaled",
        64,
    )
    assert families["stagewright_in_flight"].samples[0].value == 1  # this one
    assert families["stagewright_ready"].samples[0].value == 1


def test_what_is_logged(ask: Ask, home: Path) -> None:
    ask("POST", "/v2/models/scaled/infer", x([[1, 2, 3, 4]]), X_Request_Id="logged", X_Unit_Id="ann")

    def found() -> list[dict]:
        return [event for event in read(folder(home, "scaled")) if event.get("id") == "logged"]

    until(lambda: len(found()) == 1)
    event = found()[0]
    assert event["inputs"] == {"x": [1.0, 2.0, 3.0, 4.0]}
    assert event["outputs"] == {"y": [2.0, 4.0, 6.0, 8.0], "version": 2}
    assert (event["kind"], event["arm"], event["unit"], event["status"], event["model"]) == ("request", "stable", "ann", 200, "scaled")  # fmt: skip
    assert (event["rollout"], event["error"]) == ("", "")
    times = event["latency_ms"]
    assert 0 < times["predict"] <= times["total"]


def test_a_table(tmp_path: Path) -> None:
    with running(tmp_path / "home", table(tmp_path / "package"), hash=("place",)) as (ask, _):
        csv = b"hours,place\n1,home\n3,away\n"
        reply = ask("POST", "/invocations", csv, Content_Type="text/csv", X_Request_Id="t")
        assert reply.json == {"predictions": [{"label": 0, "confidence": 1}, {"label": 1, "confidence": 0}]}
    (event,) = read(folder(tmp_path / "home", "table"))
    assert event["inputs"]["hours"] == [1.0, 3.0]
    assert "home" not in str(event["inputs"]["place"])  # hashed
    assert event["outputs"] == {"label": [0, 1], "confidence": [1.0, 0.0]}


def test_text_goes_through_the_model(tmp_path: Path) -> None:
    body = {"inputs": [{"name": "x", "datatype": "BYTES", "shape": [1, 2], "data": ["über", "Ω"]}]}
    with running(tmp_path / "home", identity(tmp_path / "package", "BYTES")) as (ask, _):
        assert ask("POST", "/v2/models/same/infer", body).json["outputs"][0]["data"] == ["über", "Ω"]


@pytest.mark.parametrize("path", ["model.onnx", "signature.json"])
def test_a_package_with_other_bytes_is_refused(tmp_path: Path, path: str) -> None:
    package = scaled(tmp_path / "package", 2)
    with (package / path).open("a") as file:
        file.write(" ")
    with pytest.raises(StagewrightError, match=path), running(tmp_path / "home", package):
        pass


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    package = scaled(tmp_path / "package", 2)
    with running(tmp_path / "home", package) as (ask, _):
        taken = running(tmp_path / "home", package, port=ask.port)
        with pytest.raises(StagewrightError, match="cannot listen on"), taken:
            pass


def test_a_token(tmp_path: Path) -> None:
    with running(tmp_path / "home", scaled(tmp_path / "package", 2), token="secret") as (ask, _):
        assert ask("GET", "/v2/health/ready").status == 200  # probes carry none
        for path in ("/v2", "/metrics", "/v1/rollout", "/v2/models/scaled"):
            reply = ask("GET", path)
            assert reply.status == 401
            assert reply.headers["www-authenticate"] == "Bearer"
            assert "Authorization" in reply.json["error"]
            assert ask("GET", path, Authorization="Bearer secre").status == 401
            assert ask("GET", path, Authorization="Bearer secret").status == 200


def test_a_crash_inside_is_a_500_that_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stagewright_plugins.serving import infer_request

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret of the inside")

    with running(tmp_path / "home", scaled(tmp_path / "package", 2)) as (ask, _):
        monkeypatch.setattr(infer_request, "parse", broken)
        reply = ask.infer([[1] * 4])
        assert reply.status == 500
        assert "secret" not in reply.json["error"]
        assert reply.headers["x-request-id"] in reply.json["error"]
