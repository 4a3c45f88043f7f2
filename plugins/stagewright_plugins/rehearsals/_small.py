"""Small made-up data that plugins are rehearsed on: discs on noise, a table with a rule, texts in two languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from stagewright.contract import Component
from stagewright.stages.data import Card, Column, Table
from stagewright.stages.framing import Task
from stagewright.stages.objective import Goal, Kpi
from stagewright.testing import Bench

SIZE = 32  # pixels along each edge
GOAL = Goal(
    "counting takes long",
    "tests",
    (Kpi(name="minutes", baseline=9, target=2, direction="minimize", estimate="9 * (1 - quality)"),),
)
TASKS = {
    "image": {"type": "segmentation", "classes": ["background", "disc"], "size": [SIZE, SIZE]},
    "table": {"type": "classification", "classes": ["fine", "wrong"]},
    "text": {"type": "translation", "target": "fr", "max_source": 80, "max_target": 80},
}
CARD = Card("made up", "CC0-1.0", "drawn for a test", "none")


def a_task(bench: Bench, plugin: Component[Any, Any] | None = None) -> Task:
    """The task of the bench's modality, or the one that the plugin says it fits."""
    if bench.task:
        given: Task = bench.registry.component("framing.task", bench.task)(GOAL)
        return given
    fits = getattr(plugin.facts, "fits", ()) if plugin else ()
    modality = bench.modality
    if fits and TASKS[modality]["type"] not in fits:
        modality = next((name for name, task in TASKS.items() if task["type"] in fits), "")
        assert modality, f"it fits {', '.join(fits)} only: give contract_tests(..., rehearse=...)"
    task: Task = bench.registry.component("framing.task", TASKS[modality])(GOAL)
    return task


def discs(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 1, 32, 32) uint8 of a bright disc on noise, masks (N, 32, 32) uint8 of 0 and 1."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    centres, radii = random.uniform(10, SIZE - 10, (count, 2)), random.uniform(5, 9, count)
    masks = np.stack([np.hypot(rows - y, columns - x) < r for (y, x), r in zip(centres, radii, strict=True)])
    pictures = random.normal(60, 12, masks.shape) + 110 * masks
    return pictures.clip(0, 255).astype(np.uint8)[:, None], masks.astype(np.uint8)


def pairs() -> list[tuple[str, str]]:
    """72 English sentences with their French translations."""
    who = {
        "the user": "l'utilisateur",
        "the file": "le fichier",
        "the server": "le serveur",
        "this page": "cette page",
    }
    does = {"opens": "ouvre", "closes": "ferme", "needs": "demande"}
    what = {
        "a password": "un mot de passe", "the window": "la fenêtre", "%s items": "%s éléments",
        "one more day": "un jour de plus",
        "a new name": "un nouveau nom", "the report": "le rapport",
    }  # fmt: skip
    return [
        (f"{a} {b} {c}.".capitalize(), f"{x} {y} {z}.".capitalize())
        for a, x in who.items() for b, y in does.items() for c, z in what.items()
    ]  # fmt: skip


def drawn(folder: Path, count: int = 24, seed: int = 0) -> Path:
    """A folder of pictures in `images/` and masks in `masks/`."""
    from PIL import Image

    pictures, masks = discs(count, seed)
    for part, arrays in (("images", pictures[:, 0]), ("masks", masks)):
        (folder / part).mkdir(parents=True)
        for i, array in enumerate(arrays):
            Image.fromarray(array).save(folder / part / f"{i:03d}.png")
    return folder


def rows(count: int, seed: int) -> Any:
    """A pandas table: two columns known in time, an outcome known a day later, `wrong` where the wind is high."""
    import pandas as pd

    random = np.random.default_rng(seed)
    times = pd.date_range("2024-01-01", periods=count, freq="2h")
    wind, place = random.normal(10, 4, count), random.choice(["north", "south"], count)
    wrong = wind + 3 * (place == "south") + random.normal(0, 2, count) > 12
    return pd.DataFrame(
        {
            "id": [f"r{i}" for i in range(count)],
            "at": times,
            "seen": times + pd.Timedelta("1D"),
            "day": times.strftime("%Y-%m-%d"),
            "wind": wind,
            "place": place,
            "outcome": np.where(wrong, "wrong", "fine"),
            "late": wrong.astype(float),
        }
    )


def a_table(count: int = 600, seed: int = 0) -> Table:
    """The rows as a source gives them, with a further table `weather`."""
    import pandas as pd

    found = rows(count, seed)
    weather = pd.DataFrame({"place": found["place"], "observed_at": found["at"], "rain": found["wind"] / 3})
    columns = {"wind": Column("number"), "place": Column("category")}
    return Table(
        found, columns, CARD, "id", "at", "seen", "outcome", "day", ("late",), others={"weather": weather}
    )


def requests(count: int, seed: int, move: float = 0.0) -> Any:
    """A window of requests as monitoring has them: inputs, outputs, truth, and a metric of each."""
    import pandas as pd

    random = np.random.default_rng(seed)
    wind = random.normal(move, 1, count)
    score = 1 / (1 + np.exp(-2 * wind))
    truth = (random.random(count) < score).astype(int)
    return pd.DataFrame(
        {
            "wind": wind,
            "place": random.choice(["north", "south"], count),
            "output.probability.fine": 1 - score,
            "output.probability.wrong": score,
            "output.label": (score > 0.5).astype(int),
            "target": truth,
            "value.brier": (truth - score) ** 2,
        }
    )
