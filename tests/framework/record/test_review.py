"""Verdicts of people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from stagewright.record import review


def test_verdicts_of_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    together = Barrier(8)

    def give(number: int) -> None:
        together.wait()
        review.give(tmp_path, "print", {"role": f"r{number}", "accepted": True})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(give, range(8)))
    assert {item["role"] for item in review.verdicts(tmp_path, "print")} == {f"r{i}" for i in range(8)}
