"""What would end a sweep as soon as it begins is found by `check`, at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from running import ROOT
from stagewright import load

PARAMS = {"train.model.width": "choice(4, 8)"}
ENDLESS = {"train.optimizer.lr": "interval(1e-4, 1e-2)"}


@pytest.mark.parametrize(
    ("sweep", "key", "words"),
    [
        ({"objectives": ["iou_men"]}, "sweep.objectives[0]", "did you mean 'iou_mean'?"),
        ({"objectives": ["iou_mean", "size_mb"]}, "sweep.objectives[1]", "measured with `measure: compress`"),
        ({"objectives": ["iou_mean", "iou_mean"]}, "sweep.objectives[1]", "listed twice"),
        (
            {"objectives": ["iou_mean", "train_seconds"], "pruner": "median"},
            "sweep.pruner",
            "take `pruner: none`",
        ),
        (
            {"objectives": ["iou_mean", "train_seconds"], "sampler": "cmaes"},
            "sweep.sampler",
            "take tpe, gp or nsga2",
        ),
        ({"constraints": ["latncy_ms <= 3"]}, "sweep.constraints[0]", "no trial measures 'latncy_ms'"),
        ({"constraints": ["size_mb <="]}, "sweep.constraints[0]", "'size_mb <='"),
        ({"constraints": ["iou_mean == 3"]}, "sweep.constraints[0]", "must compare by <=, <, >= or >"),
        ({"sampler": "grid", "params": ENDLESS}, "sweep.sampler", "how many values of 'train.optimizer.lr'"),
        ({"launcher": "inline", "workers": 2}, "sweep.launcher", "take processes or ray"),
        (
            {"warm_start": ["cells-1"]},
            "sweep.warm_start[0]",
            "there is no study 'cells-1': this project has none yet",
        ),
        ({"storage": "mysql"}, "sweep.storage", "'mysql' is not journal, sqlite"),
        ({"storage": "grpc://nowhere"}, "sweep.storage", "must be grpc://host:port"),
    ],
)
def test_a_sweep_that_could_not_begin_is_refused(
    tmp_path: Path, sweep: dict[str, Any], key: str, words: str
) -> None:
    found = load(
        "brain_tissue", f"sweep={_flow({'params': PARAMS, **sweep})}", folder=_project(tmp_path)
    ).check()
    (problem,) = found
    assert problem.key == key
    assert words in problem.message


def test_an_earlier_study_is_looked_for(tmp_path: Path) -> None:
    folder = _project(tmp_path)
    for place in (folder / ".stagewright" / "sweeps" / "cells-1a2b3c", folder / "kept"):
        place.mkdir(parents=True)
        (place / "journal.log").touch()

    def checked(*sources: str, storage: str = "journal") -> Any:
        sweep = {"params": PARAMS, "warm_start": list(sources), "storage": storage}
        return load("brain_tissue", f"sweep={_flow(sweep)}", folder=folder).check()

    assert checked("cells-1a2b3c", "kept", str(folder / "kept"))
    (problem,) = checked("kept", "cells-1a2b3d")
    assert problem.key == "sweep.warm_start[1]"
    assert problem.message == "there is no study 'cells-1a2b3d', did you mean 'cells-1a2b3c'?"
    assert checked("elsewhere", storage="postgresql+psycopg://db/sweeps")  # only the database knows


def test_a_grid_over_numbers_is_right_with_points_or_steps(tmp_path: Path) -> None:
    folder = _project(tmp_path)
    for sampler, text in (("{type: grid, points: 3}", "interval(1e-4, 1e-2)"), ("grid", "range(1, 4)")):
        key = "train.optimizer.lr" if "interval" in text else "train.batch_size"
        sweep = f"sweep={{params: {{{key}: '{text}'}}, sampler: {sampler}}}"
        assert load("brain_tissue", sweep, folder=folder).check()


def test_a_sweep_of_costs_after_compression_is_right(tmp_path: Path) -> None:
    sweep = {
        "params": PARAMS,
        "measure": "compress",
        "objectives": ["iou_mean", "size_mb"],
        "constraints": ["latency_ms <= 9"],
    }
    assert load("brain_tissue", f"sweep={_flow(sweep)}", folder=_project(tmp_path)).check()


def _project(path: Path) -> Path:
    (path / "recipes").mkdir()
    (path / "recipes" / "brain_tissue.yaml").write_text((ROOT / "recipes" / "brain_tissue.yaml").read_text())
    return path


def _flow(value: Any) -> str:
    """As Hydra's grammar takes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value) if isinstance(value, int) else f"'{value}'"
