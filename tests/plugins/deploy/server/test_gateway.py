"""The server as others meet it: a process, asked by clients that know nothing of us."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tritonclient.http as triton
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

from gateways import Program, running, start, until, x
from small_packages import identity, scaled, table
from stagewright_plugins.packaging.tensors import DTYPES

VALUES = {"BYTES": np.array([["a", "ü"], ["", "long " * 50]], dtype=object)}


SLOW = """
import time
from stagewright.stages import deploy
from stagewright_plugins.deploy.backend.onnx import onnx

@deploy.backend
def slow(inputs, /):
    engine = onnx(inputs)

    def answer(given, outputs=None):
        time.sleep(0.5)
        return engine(given, outputs)

    return answer
"""


@pytest.fixture
def slow(folder: Path) -> Path:
    """A package on a backend of the project's own, which takes half a second."""
    backend = folder / "plugins" / "deploy" / "backend" / "slow.py"
    backend.parent.mkdir(parents=True)
    backend.write_text(SLOW)
    return scaled(folder / "package", 2, platform="slow")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".stagewright").mkdir()  # the packages' project
    return tmp_path


@pytest.fixture
def program(folder: Path) -> Iterator[Program]:
    served = start(folder, str(scaled(folder / "two", 2)), "--drain-seconds", "0")
    yield served
    served.process.kill()
    served.process.wait()


def client(program: Program) -> triton.InferenceServerClient:
    return triton.InferenceServerClient(f"127.0.0.1:{program.port}", concurrency=4)


def test_tritons_client(program: Program) -> None:
    asking = client(program)
    assert asking.is_server_live()
    assert asking.is_server_ready()
    assert asking.is_model_ready("scaled")
    about = asking.get_model_metadata("scaled")
    assert asking.is_model_ready("scaled", about["versions"][0])
    assert asking.get_model_repository_index()[0]["state"] == "READY"
    values = np.arange(8, dtype=np.float32).reshape(2, 4)
    for binary_in, binary_out in ((True, True), (False, False), (True, False), (False, True)):
        given = triton.InferInput("x", [2, 4], "FP32")
        given.set_data_from_numpy(values, binary_data=binary_in)
        wanted = triton.InferRequestedOutput("y", binary_data=binary_out)
        answer = asking.infer("scaled", [given], outputs=[wanted], request_id="r")
        np.testing.assert_array_equal(answer.as_numpy("y"), 2 * values)
        assert answer.get_response()["id"] == "r"
        assert answer.as_numpy("version") is None
    everything = asking.infer(
        "scaled", [given], model_version=about["versions"][0], request_compression_algorithm="gzip"
    )
    assert everything.as_numpy("version").tolist() == [2, 2]
    several = [asking.async_infer("scaled", [given]) for _ in range(4)]
    assert all(one.get_result().as_numpy("y").shape == (2, 4) for one in several)
    asking.unload_model("scaled")
    assert not asking.is_server_ready()
    asking.load_model("scaled")
    assert asking.is_server_ready()
    with pytest.raises(triton.InferenceServerException, match="no model 'other' here"):
        asking.get_model_metadata("other")


@pytest.mark.parametrize("datatype", DTYPES)
def test_tritons_client_in_every_datatype(folder: Path, datatype: str) -> None:
    values = VALUES.get(datatype, np.array([[0, 1], [1, 0]]).astype(DTYPES[datatype]))
    with running(folder / "home", identity(folder / "same", datatype)) as (ask, _):
        asking = triton.InferenceServerClient(f"127.0.0.1:{ask.port}")
        given = triton.InferInput("x", [2, 2], datatype)
        given.set_data_from_numpy(values, binary_data=True)
        for binary in (True, False):
            wanted = triton.InferRequestedOutput("y", binary_data=binary)
            back = asking.infer("same", [given], outputs=[wanted]).as_numpy("y")
            texts = [v.decode() if isinstance(v, bytes) else v for v in back.ravel().tolist()]
            assert texts == values.ravel().tolist()


def test_mlflows_client(folder: Path) -> None:
    frame = pd.DataFrame({"hours": [1.0, 3.0], "place": ["home", "away"]})
    with running(folder / "home", table(folder / "table")) as (ask, _):
        asking = ScoringServerClient("127.0.0.1", ask.port)
        asking.ping()  # raises unless the status is 200
        assert asking.get_version()
        found = asking.invoke(frame).get_predictions()
        pd.testing.assert_frame_equal(
            found, pd.DataFrame({"label": [0, 1], "confidence": [1, 0]}), check_dtype=False
        )


def test_a_stop_finishes_what_is_in_flight(folder: Path, slow: Path) -> None:
    served = start(folder, str(slow), "--workers", "1", "--drain-seconds", "1")
    answers: list[int] = []

    def ask_once() -> None:
        answers.append(served.ask.infer([[1] * 4]).status)

    asking = [threading.Thread(target=ask_once) for _ in range(6)]
    for thread in asking:
        thread.start()
    in_flight = "stagewright_in_flight 7.0"  # with the one that asks
    until(lambda: in_flight in served.ask("GET", "/metrics").body.decode())
    served.process.send_signal(signal.SIGTERM)
    until(lambda: served.ask("GET", "/v2/health/ready").status == 503)
    late = served.ask.infer([[1] * 4])  # still answered, and told not to come back
    assert (late.status, late.headers["connection"]) == (200, "close")
    for thread in asking:
        thread.join()
    assert answers == [200] * 6
    assert served.process.wait(20) == 0


def test_a_full_queue(folder: Path, slow: Path) -> None:
    words = ("--queue", "1", "--workers", "1", "--drain-seconds", "0")
    served = start(folder, str(slow), *words)
    replies: list = []
    asking = [threading.Thread(target=lambda: replies.append(served.ask.infer([[1] * 4]))) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    counts = {status: sum(reply.status == status for reply in replies) for status in (200, 429)}
    assert counts[200] + counts[429] == 8
    assert counts[200] >= 2
    assert counts[429] >= 1
    refused = next(reply for reply in replies if reply.status == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert "queue is full" in refused.json["error"]
    served.process.terminate()
    assert served.process.wait(20) == 0


def test_a_token_from_a_file_or_the_environment(folder: Path) -> None:
    package = str(scaled(folder / "two", 2))
    (folder / "token").write_text("secret\n")
    for words, environment in ((("--token-file", "token"), {}), ((), {"STAGEWRIGHT_TOKEN": "secret"})):
        served = start(folder, package, *words, environment=environment)
        assert served.ask("GET", "/v2").status == 401
        assert served.ask("GET", "/v2", Authorization="Bearer secret").status == 200
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(20) == 0


def test_it_listens_on_loopback_only(program: Program) -> None:
    listening = [
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    ]
    here = [address for address in listening if int(address.split(":")[1], 16) == program.port]
    assert here == [f"0100007F:{program.port:04X}"]


def hammer(program: Program, stop: threading.Event, seen: list[tuple[int, int]], failed: list[str]) -> None:
    """Ask until told to stop; every answer must be of one version through and through."""
    ask, n = program.ask, 0
    while not stop.is_set():
        n += 1
        value = float(n % 97 + 1)
        reply = ask.infer([[value] * 4], id=f"{n}")
        if reply.status != 200:
            failed.append(f"{reply.status}: {reply.body!r}")
            continue
        y, told = (output["data"] for output in reply.json["outputs"])
        factor = int(told[0])
        seen.append((factor, len(seen)))
        if y != [value * factor] * 4 or VERSIONS.get(reply.json["model_version"]) != factor:
            failed.append(f"mixed up: asked {value}, {reply.json}")


VERSIONS: dict[str, int] = {}


@pytest.mark.slow
@pytest.mark.parametrize("batch", ["1", "8"])
def test_fifty_swaps_under_load(folder: Path, batch: str) -> None:
    from stagewright_plugins.packaging.signature import read

    packages = [scaled(folder / f"p{factor}", factor) for factor in (2, 3, 5)]
    VERSIONS.update(
        {read(package)["version"]: factor for package, factor in zip(packages, (2, 3, 5), strict=True)}
    )
    words = ("--max-batch", batch, "--max-wait-ms", "1" if batch != "1" else "0", "--drain-seconds", "0")
    served = start(folder, str(packages[0]), *words)
    stop, seen, failed = threading.Event(), [], []
    asking = [threading.Thread(target=hammer, args=(served, stop, seen, failed)) for _ in range(6)]
    for thread in asking:
        thread.start()
    for n in range(50):
        body = {"parameters": {"package": str(packages[(n + 1) % 3])}}
        assert served.ask("POST", "/v2/repository/models/scaled/load", body).status == 200
        time.sleep(0.02)
    stop.set()
    for thread in asking:
        thread.join()
    served.process.terminate()
    assert served.process.wait(20) == 0
    assert failed == []
    assert len(seen) > 200
    assert {factor for factor, _ in seen} == {2, 3, 5}


@pytest.mark.slow
def test_a_kill_during_a_canary_goes_on_in_the_same_step(folder: Path) -> None:
    words = (str(scaled(folder / "two", 2)), "--canary", str(scaled(folder / "three", 3)))
    served = start(folder, *words)
    for _ in range(2):  # from copies over 5 % to 50 %
        assert served.ask("POST", "/v1/rollout/promote", {"by": "ann"}).status == 200
    units = [f"u{n}" for n in range(200)]

    def arms(program: Program) -> dict[str, int]:
        ask = program.ask
        path = "/v2/models/scaled/infer"
        return {u: ask("POST", path, x([[1] * 4]), X_Unit_Id=u).json["outputs"][1]["data"][0] for u in units}

    before, assigned = served.ask("GET", "/v1/rollout").json, arms(served)
    assert 0 < before["weight"] < 1
    assert set(assigned.values()) == {2, 3}
    time.sleep(0.3)
    os.kill(served.process.pid, signal.SIGKILL)
    assert served.process.wait() == -signal.SIGKILL
    again = start(folder, *words)
    after = again.ask("GET", "/v1/rollout").json
    for key in ("rollout", "step", "weight", "mirror", "phase", "decisions"):
        assert after[key] == before[key], key
    assert after["requests"] == before["requests"] + len(units)
    assert arms(again) == assigned
    again.process.terminate()
    assert again.process.wait(20) == 0
