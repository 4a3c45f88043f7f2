"""Rolling up: nothing is lost, nothing counts twice, nobody's open segment is touched."""

import duckdb
import pytest

from stagewright.live.event_log import EventLog, read, segments
from stagewright_plugins.monitoring import rolling
from stagewright_plugins.monitoring.rolling import every, roll


def write(folder, ids):
    with EventLog(folder) as log:
        for id in ids:
            log.write(
                {
                    "kind": "request",
                    "id": id,
                    "status": 200,
                    "latency_ms": {"total": float(id)},
                    "n": {"a": [1]},
                }
            )


def test_events_survive_and_can_be_queried(tmp_path):
    write(tmp_path, range(30))
    before = every(tmp_path)
    (path,) = roll(tmp_path)
    assert segments(tmp_path) == []
    assert every(tmp_path) == before
    found = duckdb.sql(f"select count(*), max(latency_ms) from '{path}' where kind = 'request'").fetchall()
    assert found == [(30, 29.0)]


def test_an_open_segment_is_left_alone(tmp_path):
    with EventLog(tmp_path) as log:
        log.write({"kind": "request", "id": 1})
        log.flush()
        assert roll(tmp_path) == []
        log.write({"kind": "request", "id": 2})
    roll(tmp_path)
    assert [event["id"] for event in every(tmp_path)] == [1, 2]


def test_a_kill_between_writing_and_removing_counts_nothing_twice(tmp_path, monkeypatch):
    write(tmp_path, range(5))
    monkeypatch.setattr("pathlib.Path.unlink", _killed)
    with pytest.raises(KeyboardInterrupt):
        roll(tmp_path)
    monkeypatch.undo()
    assert len(every(tmp_path)) == 5
    roll(tmp_path)
    assert len(every(tmp_path)) == 5


def _killed(*_args, **_kwargs):
    raise KeyboardInterrupt


def test_rolled_is_a_fraction_of_the_size(tmp_path):
    write(tmp_path, range(5000))
    before = sum(path.stat().st_size for path in segments(tmp_path))
    (path,) = rolling.roll(tmp_path)
    assert path.stat().st_size < before / 3


def test_a_retraining_stays_where_retrain_finds_it(tmp_path):
    write(tmp_path, range(3))
    with EventLog(tmp_path) as log:
        log.write({"kind": "retrain", "run": "r1", "status": "succeeded"})
    before = every(tmp_path)
    assert len(roll(tmp_path)) == 1
    assert [event["run"] for event in read(tmp_path, kinds=("retrain",))] == ["r1"]
    assert every(tmp_path) == before
    assert not list((tmp_path / "events").glob("*.part"))


def test_a_status_in_words_is_no_reason_to_stop(tmp_path):
    with EventLog(tmp_path) as log:
        log.write({"kind": "import", "status": "succeeded"})
    (path,) = roll(tmp_path)
    assert duckdb.sql(f"select status from '{path}'").fetchall() == [(None,)]
    assert every(tmp_path)[0]["status"] == "succeeded"
