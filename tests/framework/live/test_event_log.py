"""The event log: what is written can be read back, whatever happens to the process or the disk."""

import threading

import pytest

from stagewright.errors import StoreError
from stagewright.live import event_log
from stagewright.live.event_log import EventLog, payload_name, read, read_file, seconds, segments, stamp


def test_many_threads_lose_nothing(tmp_path):
    with EventLog(tmp_path, flush_seconds=0.01) as log:
        threads = [threading.Thread(target=_write, args=(log, part)) for part in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(event["id"] for event in read(tmp_path)) == sorted(
        f"{part}-{number}" for part in range(8) for number in range(200)
    )


def _write(log, part):
    for number in range(200):
        log.write({"kind": "request", "id": f"{part}-{number}"})


def test_writers_are_merged_by_time_and_filtered(tmp_path):
    with EventLog(tmp_path) as one, EventLog(tmp_path) as two:
        for number in range(10):
            log = one if number % 2 else two
            log.write({"t": stamp(number), "kind": "label" if number == 3 else "request", "id": number})
    assert len(segments(tmp_path)) == 2
    assert [event["id"] for event in read(tmp_path)] == list(range(10))
    assert [event["id"] for event in read(tmp_path, kinds=["label"])] == [3]
    assert [event["id"] for event in read(tmp_path, since=stamp(7))] == [7, 8, 9]


def test_a_new_segment_begins_where_one_is_full(tmp_path):
    with EventLog(tmp_path, segment_bytes=200) as log:
        for number in range(10):
            log.write({"kind": "request", "id": number, "pad": "x" * 100})
            log.flush()
    assert len(segments(tmp_path)) >= 5
    assert [event["id"] for event in read(tmp_path)] == list(range(10))


def test_a_cut_last_line_is_left_out_and_damage_is_named(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"id": 1}\n{"id": 2}\n{"id"')
    assert [event["id"] for event in read_file(path)] == [1, 2]
    path.write_bytes(b'{"id": 1}\n{"i\n{"id": 3}\n')
    with pytest.raises(StoreError, match=r"events.jsonl:2 is damaged"):
        list(read_file(path))


def test_lines_longer_than_a_chunk_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("stagewright.live.event_log.CHUNK", 7)
    with EventLog(tmp_path) as log:
        log.write({"kind": "request", "id": "a" * 50})
        log.write({"kind": "request", "id": "b"})
    assert [event["id"] for event in read(tmp_path)] == ["a" * 50, "b"]


def test_fields_are_dropped_and_hashed_repeatably(tmp_path):
    event = {"kind": "request", "unit": "ann", "inputs": {"age": 3, "mail": "a@b.c"}, "outputs": {"label": 1}}
    for _ in range(2):
        with EventLog(tmp_path, drop=["age"], hash=["unit", "mail"]) as log:
            log.write(event)
    first, second = read(tmp_path)
    assert first["inputs"] == second["inputs"]
    assert list(first["inputs"]) == ["mail"]
    assert first["unit"] == second["unit"] != "ann"
    text = "".join(path.read_text() for path in segments(tmp_path))
    assert "ann" not in text
    assert "a@b.c" not in text
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_another_log_hashes_differently(tmp_path):
    seen = set()
    for name in "ab":
        with EventLog(tmp_path / name, hash=["unit"]) as log:
            log.write({"kind": "request", "unit": "ann"})
        seen |= {event["unit"] for event in read(tmp_path / name)}
    assert len(seen) == 2


def test_payloads_are_sampled_by_id_and_redacted(tmp_path):
    with (
        EventLog(tmp_path, payload_rate=0.25, drop=["face"]) as log,
        EventLog(tmp_path, payload_rate=0.25) as other,
    ):
        kept = [number for number in range(2000) if log.keeps_payload(f"r{number}")]
        assert kept == [number for number in range(2000) if other.keeps_payload(f"r{number}")]
        assert 400 < len(kept) < 600
        reference = log.payload(
            "../../etc/x", {"image": b"abc", "face": b"secret"}, lambda a: repr(a).encode()
        )
    path = tmp_path / reference["ref"]
    assert path.parent == tmp_path / "payload"
    assert path.read_bytes() == b"{'image': b'abc'}"


def test_names_from_outside_cannot_leave_the_folder():
    assert payload_name("req-1.a") == "req-1.a"
    assert all(set(payload_name(name)) <= set("0123456789abcdef") for name in ("../x", ".", "a/b", "", "ä"))


def test_a_full_disk_keeps_events_until_it_takes_them(tmp_path, monkeypatch):
    log = EventLog(tmp_path, flush_seconds=60)
    log.write({"kind": "request", "id": 1})
    monkeypatch.setattr("stagewright.live.event_log._append", _full)
    with pytest.raises(StoreError, match="No space left"):
        log.flush()
    assert log.error is not None
    monkeypatch.undo()
    log.write({"kind": "request", "id": 2})
    log.close()
    assert [event["id"] for event in read(tmp_path)] == [1, 2]


def _full(file, content):
    raise OSError(28, "No space left on device")


def test_requests_beyond_the_queue_are_counted_and_said(tmp_path):
    with EventLog(tmp_path, flush_seconds=60, most_pending=3) as log:
        for number in range(5):
            log.write({"kind": "request", "id": number})
        log.write({"kind": "decision", "step": 1})
    events = list(read(tmp_path))
    assert [event["kind"] for event in events].count("request") == 3
    assert {"decision", "dropped"} <= {event["kind"] for event in events}
    assert next(event["count"] for event in events if event["kind"] == "dropped") == 2


def test_strange_text_numbers_and_payloads_do_not_end_the_log(tmp_path):
    class Scalar:
        def item(self):
            return 2.5

    def refuse(arrays):
        raise ValueError("object arrays are refused")

    with EventLog(tmp_path) as log:
        log.write({"kind": "request", "text": "\ud83d", "x": float("nan"), "y": Scalar()})
        log.payload("p", {}, refuse)
        log.flush()
        log.write({"kind": "request", "id": 2})
    events = list(read(tmp_path))
    assert events[0]["y"] == 2.5
    assert any(event["kind"] == "dropped" and "object arrays" in event["error"] for event in events)
    assert any(event.get("id") == 2 for event in events)


def test_writing_to_a_closed_log_is_an_error(tmp_path):
    log = EventLog(tmp_path)
    log.close()
    with pytest.raises(ValueError, match="closed"):
        log.write({"kind": "request"})


def test_times_go_both_ways():
    assert seconds(stamp(1.25)) == 1.25


def test_a_segment_that_is_rolled_up_before_its_writer_holds_it_loses_nothing(tmp_path, monkeypatch):
    """Rolling up takes a new segment, still empty, just before its writer locks it, and removes it."""
    flock = event_log.fcntl.flock

    def late(file, how):
        monkeypatch.setattr(event_log.fcntl, "flock", flock)
        for path in segments(tmp_path):
            path.unlink()
        flock(file, how)

    monkeypatch.setattr(event_log.fcntl, "flock", late)
    with EventLog(tmp_path) as log:
        log.write({"kind": "request", "id": 1})
    assert [event["id"] for event in read(tmp_path)] == [1]
