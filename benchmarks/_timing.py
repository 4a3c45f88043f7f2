"""Paired, interleaved timing of whole commands: what a user waits for, as ratios within one run."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# A developer's shell may forbid compiled bytecode; a user's does not, and installed libraries have theirs.
_AS_USERS = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def seconds(command: Sequence[str], cwd: Path) -> float:
    """Wall seconds of one execution; a failing command is an error, not a time."""
    began = time.perf_counter()
    result = subprocess.run(command, cwd=cwd, env=_AS_USERS, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if result.returncode:
        raise SystemExit(f"{' '.join(command)} exited {result.returncode}:\n{result.stdout}{result.stderr}")
    return took


def interleaved(commands: Mapping[str, Sequence[str]], cwd: Path, rounds: int) -> dict[str, list[float]]:
    """Every command once per round, so that a disturbance of the machine meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        seconds(command, cwd)  # warm: file cache and compiled bytecode
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(seconds(command, cwd))
    return times


def told(times: Mapping[str, list[float]]) -> str:
    """One line per command: best and median in milliseconds."""
    return "\n".join(
        f"{name:<34} best {min(taken) * 1000:7.1f} ms   median {statistics.median(taken) * 1000:7.1f} ms"
        for name, taken in times.items()
    )


def ratio(times: Mapping[str, list[float]], name: str, floor: str) -> str:
    """How many times the floor, by best and by median."""
    best = min(times[name]) / min(times[floor])
    median = statistics.median(times[name]) / statistics.median(times[floor])
    return f"{name} / {floor}: {best:.2f} (best), {median:.2f} (median)"
