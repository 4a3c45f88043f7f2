"""The store: what is finished is whole, whoever else writes at the same time."""

from __future__ import annotations

from pathlib import Path

from stagewright import store as stored
from stagewright.store import Store


def finished(store: Store, fingerprint: str, text: str) -> stored.Hit:
    (store.work(fingerprint) / "weights").write_text(text)
    return store.put(fingerprint, {}, {}, 0.0, "", durable=False)


def test_two_steps_that_make_the_same_at_the_same_time(tmp_path: Path, monkeypatch) -> None:
    """Another run moves the very same artifact into the store just before this one does."""
    store, rename = Store(tmp_path), stored.os.rename

    def late(source: Path, target: Path) -> None:
        monkeypatch.setattr(stored.os, "rename", rename)
        finished(store, "other", "same")
        rename(source, target)

    monkeypatch.setattr(stored.os, "rename", late)
    hit = finished(store, "mine", "same")
    assert store.get("mine")[0] == hit
    assert store.get("other")[0].artifact == hit.artifact
    assert not (store.home / "work" / "mine").exists()
