"""Drift detectors: how often they cry wolf, what they find, what a report costs beside Evidently.

    python benchmarks/drift.py [--windows N] [--rows N] [--columns N] [--evidently]

Aims: 20 columns without drift alarm in at most 5 % of windows; a shift of 0.1 standard deviations in one of them,
5,000 rows, is found in at least 80 %. `--evidently` makes a throw-away environment (Evidently does not import beside
pandas 3.1), writes both frames to Parquet and times the same report there and here, each in a process of its own, in
turns.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from stagewright.stages.monitor import DetectorInputs, Finding
from stagewright_plugins.monitor.detector.categorical import categorical
from stagewright_plugins.monitor.detector.numeric import numeric
from stagewright_plugins.monitor.detector.rules import rules
from stagewright_plugins.monitoring.correction import corrected

ALPHA, COLUMNS, REFERENCE = 0.05, 20, 5000
PACKAGES = ("evidently==0.7.23", "pandas<3.1", "pyarrow")
ROUNDS = 3
OURS = """
import sys, time
import pandas as pd
from stagewright.stages.monitor import DetectorInputs
from stagewright_plugins.monitor.detector.numeric import numeric
import stagewright_plugins.monitoring.shift  # loaded before the clock starts, as Evidently is
reference, window = map(pd.read_parquet, sys.argv[1:])
began = time.perf_counter()
found = numeric(DetectorInputs(reference, window, 0.05, 0))
print(time.perf_counter() - began, sum(item.drifted for item in found))
"""
THEIRS = """
import sys, time
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
reference, window = map(pd.read_parquet, sys.argv[1:])
began = time.perf_counter()
found = Report([DataDriftPreset()]).run(window, reference).dict()
count = next(int(m["value"]["count"]) for m in found["metrics"] if "DriftedColumnsCount" in str(m))
print(time.perf_counter() - began, count)
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--windows", type=int, default=400, help="simulated windows per line (400)")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument(
        "--evidently", action="store_true", help="beside Evidently, in an environment of its own"
    )
    said = parser.parse_args()
    alarms(said.windows)
    report(said.rows, said.columns, said.evidently)


def alarms(windows: int) -> None:
    """Print alarm and detection rates, with the field's rules on the same windows."""
    print(
        f"{COLUMNS} columns, reference {REFERENCE} rows, {windows} windows per line; share that alarms, in percent\n"
    )
    head = ("window", "shift", "ours", "KS p<.05 any", "Wasserstein>.1 any")
    print(" ".join(f"{name:>18}" for name in head))
    for rows in (500, 5000):
        for shift in (0.0, 0.1, 0.25):
            found = np.array([one(seed, rows, shift) for seed in range(windows)])
            cells = [
                f"{rows:>18}",
                f"{shift:>15} sd",
                *(f"{100 * rate:>18.1f}" for rate in found.mean(axis=0)),
            ]
            print(" ".join(cells), flush=True)
    print("\nAims: ours at most 5.0 without a shift; at least 80 for 0.1 sd in 5,000 rows.\n")


def one(seed: int, rows: int, shift: float) -> tuple[bool, bool, bool]:
    """One window: whether ours (on the shifted column, if there is one), raw KS, raw Wasserstein alarm."""
    random = np.random.default_rng(seed)
    reference, window = made(random, REFERENCE), made(random, rows)
    window["c0"] += shift
    inputs = DetectorInputs(reference, window, ALPHA, seed)
    found = [*numeric(inputs), *categorical(inputs), *rules(inputs)]
    drifted = {item.column for item in corrected(found, ALPHA) if item.drifted}
    plain = [item for item in found if item.detector == "numeric"]
    return "c0" in drifted if shift else bool(drifted), any(map(significant, plain)), any(map(large, plain))


def made(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Columns of different shapes: normal, skewed, heavy tails, whole numbers, kinds."""
    columns = {f"c{i}": _drawn(random, i, rows) for i in range(COLUMNS - 2)}
    kinds = {f"k{i}": random.choice(list("abcdefgh"), rows) for i in range(2)}
    return pd.DataFrame(columns | kinds)


def _drawn(random: np.random.Generator, index: int, rows: int) -> np.ndarray:
    draws: Sequence[Callable[[], np.ndarray]] = (
        lambda: random.normal(size=rows),
        lambda: random.lognormal(size=rows),
        lambda: random.standard_t(3, size=rows),
        lambda: random.poisson(4, size=rows).astype(float),
    )
    return draws[index % len(draws)]()


def significant(item: Finding) -> bool:
    return item.p_value is not None and item.p_value < 0.05


def large(item: Finding) -> bool:
    return item.effect > 0.1


def report(rows: int, columns: int, evidently: bool) -> None:
    """Print the seconds of one report."""
    random = np.random.default_rng(0)
    names = [f"c{i}" for i in range(columns)]
    frames = [pd.DataFrame(random.normal(size=(rows, columns)), columns=names) for _ in range(2)]
    frames[1]["c0"] += 0.2
    print(f"Drift report, {rows:,} x {columns} against as many reference rows, seconds:")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = [folder / "reference.parquet", folder / "window.parquet"]
        for frame, path in zip(frames, paths, strict=True):
            frame.to_parquet(path)
        del frames
        programs = {"ours": (sys.executable, OURS)}
        if evidently:
            programs["Evidently"] = (str(environment(folder / "env")), THEIRS)
        took: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(ROUNDS):
            for name, (python, code) in programs.items():
                seconds, drifted = timed(python, code, paths)
                took[name].append(seconds)
                print(f"  {name:<10} {seconds:8.2f}   columns drifted: {drifted}", flush=True)
    best = {name: min(values) for name, values in took.items()}
    print("  best: " + json.dumps({name: round(value, 2) for name, value in best.items()}))
    if "Evidently" in best:
        print(f"  Evidently takes {best['Evidently'] / best['ours']:.1f} times as long")


def timed(python: str, code: str, paths: Sequence[Path]) -> tuple[float, int]:
    ended = subprocess.run(
        [python, "-c", code, *map(str, paths)], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(ended.stderr)
    seconds, drifted = ended.stdout.split()[-2:]
    return float(seconds), int(drifted)


def environment(folder: Path) -> Path:
    """A virtual environment with Evidently; gives its Python."""
    began = time.perf_counter()
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-qq", *PACKAGES], check=True)
    print(f"  (environment made in {time.perf_counter() - began:.0f} s)")
    return python


if __name__ == "__main__":
    main()
