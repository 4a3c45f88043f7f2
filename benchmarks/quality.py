"""What the data stage's measuring costs: pictures per second, and how the search for copies grows.

    python benchmarks/quality.py [SIZE] [LARGEST]

One core. Pictures are 96 x 96 with three classes, in series of 50 that change gradually, as slices of a head
do, so that hashes crowd as they do in real data; every hundredth is a copy of another one, brighter or moved.
Aims: at least 300 pictures a second for the default metrics, and for 20 times the pictures far less than the
400 times that comparing all with all would take.
"""

from __future__ import annotations

import os

for library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[library] = "1"  # before numpy is imported: the aims are per core

import inspect
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from stagewright.stages.data import DuplicatesInputs
from stagewright_plugins.data import quality
from stagewright_plugins.data.duplicates._hash import hashes
from stagewright_plugins.data.duplicates._likeness import alike
from stagewright_plugins.data.duplicates.perceptual_hash import perceptual_hash
from stagewright_plugins.data.standard import standard
from stagewright_plugins.imaging.view import ImageView

CLASSES = ("background", "grey", "white")
SERIES = 50  # pictures that change gradually from one to the next
MEASURED = 400  # pictures that the metrics are timed on
ROUNDS = 3


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 96
    largest = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    pictures, copies = made(largest, size)
    print(f"{size} x {size} pixels, one core, best of {ROUNDS}\n")
    default = [choice.type for choice in inspect.signature(standard).parameters["quality"].default]
    names = sorted(path.stem for path in Path(next(iter(quality.__path__))).glob("[a-z]*.py"))
    speed = measure_metrics(pictures[:MEASURED], default, names)
    measure_copies(pictures, copies, speed)


def measure_metrics(pictures: np.ndarray, default: Sequence[str], names: Sequence[str]) -> float:
    """Print pictures per second for both lists and the cost of each metric; give the default's seconds."""
    masks = np.digitize(ndimage.gaussian_filter(pictures, (0, 1, 1)), (100, 140)).astype(np.uint8)
    pairs = list(zip(pictures[:, None], masks, strict=True))
    metrics = {name: imported(name) for name in names}
    took = {
        label: best(lambda chosen=chosen: measure(pairs, [metrics[name] for name in chosen])) / len(pairs)
        for label, chosen in {f"{len(default)} default metrics": default, f"all {len(names)}": names}.items()
    }
    for label, seconds in took.items():
        print(f"{label:<24} {1 / seconds:8.0f} pictures/s")
    each = {name: best(lambda name=name: measure(pairs, [metrics[name]])) / len(pairs) for name in names}
    print("\nalone, microseconds per picture (what is shared is counted for each):")
    print(
        ", ".join(f"{name} {1e6 * s:.0f}" for name, s in sorted(each.items(), key=lambda item: -item[1])),
        "\n",
    )
    return next(iter(took.values()))


def measure_copies(pictures: np.ndarray, copies: dict[int, set[tuple[int, int]]], metrics: float) -> None:
    """Print the search's seconds by number of pictures, beside those of comparing all with all."""
    seconds: dict[int, float] = {}
    print(f"{'pictures':>9} {'search':>9} {'all pairs':>10} {'found':>13} {'with metrics':>14}")
    for count in sorted(copies):
        inputs = DuplicatesInputs(range(count), pictures[:count])
        found: list[Any] = []
        seconds[count] = best(lambda inputs=inputs, found=found: found.append(perceptual_hash(inputs).pairs))
        pairs = {pair[:2] for pair in found[0]}
        all_pairs = f"{time_all_pairs(pictures[:count], pairs):8.2f} s" if count <= 4000 else "-"
        recall = f"{len(copies[count] & pairs)} of {len(copies[count])}"
        both = count / (seconds[count] + count * metrics)
        print(f"{count:9,} {seconds[count]:7.2f} s {all_pairs:>10} {recall:>13} {both:10.0f} /s")
    small, large = min(seconds), max(seconds)
    growth, factor = seconds[large] / seconds[small], large / small
    print(
        f"\n{factor:.0f} times the pictures take {growth:.1f} times as long; all pairs: {factor**2:.0f} times"
    )


def time_all_pairs(pictures: np.ndarray, expected: set[tuple[int, int]]) -> float:
    """Seconds to compare every hash with every other; fails unless that gives the same pairs."""
    began = time.perf_counter()
    marks = hashes(pictures)
    near = [
        np.stack([np.full(len(rows), row), rows + row + 1])
        for row in range(len(marks))
        if (rows := np.flatnonzero(np.bitwise_count(marks[row + 1 :] ^ marks[row]) <= 10)).size
    ]
    first, second = np.concatenate(near, axis=1) if near else np.empty((2, 0), np.int64)
    kept = alike(pictures, first, second, 0.995, 1)
    took = time.perf_counter() - began
    if set(zip(first[kept].tolist(), second[kept].tolist(), strict=True)) != expected:
        raise SystemExit("the search and comparing all with all disagree")
    return took


def made(largest: int, size: int) -> tuple[np.ndarray, dict[int, set[tuple[int, int]]]]:
    """Pictures (N, size, size), and the planted copies among the first 1,000, 2,000, ... of them."""
    random = np.random.default_rng(0)
    series = [drawn(random, size) for _ in range(-(-largest // SERIES))]
    pictures = np.concatenate(series)[:largest]
    planted = set()
    for row in range(99, largest, 100):
        original = int(random.integers(0, row))
        change = [lambda p: np.roll(p, 1, axis=1), lambda p: np.clip(p * 1.05, 0, 255)][row // 100 % 2]
        pictures[row] = change(pictures[original])
        planted.add((original, row))
    counts = [count for count in (1000, 2000, 4000, 10_000) if count < largest] + [largest]
    return pictures, {count: {pair for pair in planted if pair[1] < count} for count in counts}


def drawn(random: np.random.Generator, size: int) -> np.ndarray:
    """One series: a path through smooth random pictures, inside a head-like oval, with its own noise."""
    corners = ndimage.gaussian_filter(random.normal(0, 1, (6, size, size)), (0, size / 16, size / 16))
    path = ndimage.zoom(corners / corners.std(), (SERIES / 6, 1, 1), order=1)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    oval = np.hypot(y, 1.2 * x) < 0.9
    noise = random.normal(0, random.uniform(2, 10), path.shape)
    return (np.clip(120 + 40 * path, 20, 255) * oval + noise).clip(0, 255).astype(np.uint8)


def measure(pairs: list[tuple[np.ndarray, np.ndarray]], metrics: list[Callable[[ImageView], Any]]) -> None:
    for input, target in pairs:
        view = ImageView(input, target, CLASSES)
        for metric in metrics:
            metric(view)


def imported(name: str) -> Callable[[ImageView], Any]:
    return getattr(import_module(f"stagewright_plugins.data.quality.{name}"), name)


def best(work: Callable[[], object]) -> float:
    """Least wall seconds of a few rounds, the one least disturbed."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    main()
