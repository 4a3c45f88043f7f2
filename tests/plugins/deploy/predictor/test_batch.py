"""Batch predictions: every kind of source, the numbers of serving, and nothing done twice after a kill."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.deploy import BackendInputs, PredictorInputs
from stagewright.stages.objective import Goal
from stagewright_plugins.deploy.backend.rule import rule as backend
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.packaging import manifest
from stagewright_plugins.packaging.rule import packaged
from stagewright_plugins.scoring import rules

COUNT = 23
Predict = Callable[..., int]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    baseline = tmp_path / "baseline"
    baseline.mkdir()
    rules.write(baseline, {"rule": "multi_otsu", "bins": 32, "classes": [0, 1]})
    task = segmentation(Goal("p", "o", ()), classes=("dark", "bright"), size=(8, 12))
    packaged(baseline, tmp_path / "package", "cells", task)
    return tmp_path / "package"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    random = np.random.default_rng(0)
    for i in range(COUNT):
        path = folder / f"day{i % 2}" / f"{i:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = (8, 12) if i % 3 else (16, 20)
        Image.fromarray(random.integers(0, 256, size, dtype=np.uint8)).save(path)
    return folder


@pytest.fixture
def predict(package: Path, tmp_path: Path) -> Predict:
    def run(source: Path, out: str = "out", said: list[str] | None = None, **settings: Any) -> int:
        predictor = Registry().component("deploy.predictor", {"type": "batch", "threads": 1, **settings})
        say = (said if said is not None else []).append
        count: int = predictor(PredictorInputs(package, source, tmp_path / out, Registry().component, say))
        return count

    return run


def rows(out: Path) -> pd.DataFrame:
    return pd.read_parquet(out / "predictions").set_index("id")


def test_every_picture_gets_the_answer_it_would_get_online(
    predict: Predict, pictures: Path, package: Path, tmp_path: Path
) -> None:
    assert predict(pictures, batch_size=4, shard=5) == COUNT
    found = rows(tmp_path / "out")
    engine = backend(BackendInputs(package, manifest.verify(package)))
    for id, row in found.iterrows():
        raw = np.asarray(Image.open(pictures / str(id)))[None, None]
        online = engine({"image": raw})
        assert (np.asarray(Image.open(tmp_path / "out" / row["mask_file"])) == online["mask"][0]).all()
        assert row["confidence"] == online["confidence"][0]
        assert row["mask.bright"] == online["mask"][0].mean()
    assert list(found.index) == sorted(
        path.relative_to(pictures).as_posix() for path in pictures.rglob("*.png")
    )


def test_all_kinds_of_sources_give_the_same(predict: Predict, pictures: Path, tmp_path: Path) -> None:
    files = sorted(path for path in pictures.rglob("*.png") if Image.open(path).size == (12, 8))
    arrays = [np.asarray(Image.open(path))[None] for path in files]
    ids = [path.stem for path in files]
    features = datasets.Features(id=datasets.Value("string"), input=datasets.Array3D((1, 8, 12), "uint8"))
    datasets.Dataset.from_dict({"id": ids, "input": arrays}, features=features).save_to_disk(
        tmp_path / "arrow"
    )
    encoded = [path.read_bytes() for path in files]
    pd.DataFrame({"id": ids, "image": encoded}).to_parquet(tmp_path / "table.parquet")
    predict(pictures, "a")
    predict(tmp_path / "arrow", "b", batch_size=3)
    predict(tmp_path / "table.parquet", "c", masks=False)
    wanted = rows(tmp_path / "a")
    wanted.index = [Path(str(id)).stem for id in wanted.index]
    columns = ["mask.dark", "mask.bright", "confidence"]
    for other in ("b", "c"):
        pd.testing.assert_frame_equal(
            rows(tmp_path / other)[columns], wanted.loc[ids, columns], check_names=False
        )
    assert not (tmp_path / "c" / "masks").exists()


def test_colour_becomes_grey_and_16_bits_8_as_in_training(predict: Predict, tmp_path: Path) -> None:
    grey = np.zeros((8, 12), np.uint8)
    grey[:, 6:] = 255
    folder = tmp_path / "mixed"
    folder.mkdir()
    Image.fromarray(grey).save(folder / "a.png")
    Image.fromarray(np.stack([grey] * 3, -1)).save(folder / "b.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(folder / "c.png")
    predict(folder)
    assert rows(tmp_path / "out")["mask.bright"].tolist() == [0.5, 0.5, 0.5]


def test_a_file_that_cannot_be_read_is_a_row_that_says_so(
    predict: Predict, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "day0" / "00.png").write_bytes(b"nonsense")
    predict(pictures)
    found = rows(tmp_path / "out")
    assert found.loc["day0/00.png", "error"] == "no picture of a known format"
    assert np.isnan(found.loc["day0/00.png", "confidence"])
    assert (found["error"] == "").sum() == COUNT - 1


def test_what_is_finished_is_not_done_again(predict: Predict, pictures: Path, tmp_path: Path) -> None:
    predict(pictures, shard=5)
    folder = tmp_path / "out" / "predictions"
    whole = rows(tmp_path / "out")
    kept = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    (folder / "part-00003.parquet").unlink()
    (folder / ".part-00003.parquet.part").write_bytes(b"half")
    said: list[str] = []
    assert predict(pictures, shard=5, said=said) == COUNT
    assert said[0] == "15 of 23 were finished before"
    now = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert all(now[f"part-0000{i}.parquet"] == kept[f"part-0000{i}.parquet"] for i in range(3))
    assert not list(folder.glob(".*"))
    pd.testing.assert_frame_equal(rows(tmp_path / "out"), whole)


@pytest.mark.slow
def test_a_kill_costs_at_most_a_shard(
    predict: Predict, pictures: Path, package: Path, tmp_path: Path
) -> None:
    command = (
        "import sys; from stagewright.cli.predict import main;"
        f"main([{str(package)!r}, {str(pictures)!r}, '--out', {str(tmp_path / 'out')!r}, '--shard', '4'], False)"
    )
    with subprocess.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("8 of"):
            pass
        os.kill(process.pid, signal.SIGKILL)
    predict(pictures, shard=4)
    predict(pictures, "other", shard=4)
    pd.testing.assert_frame_equal(rows(tmp_path / "out"), rows(tmp_path / "other"))


def test_a_folder_belongs_to_one_package_and_one_source(
    predict: Predict, pictures: Path, package: Path
) -> None:
    predict(pictures)
    Image.fromarray(np.eye(8, dtype=np.uint8)).save(pictures / "new.png")
    with pytest.raises(StagewrightError, match="another source"):
        predict(pictures)
    (pictures / "new.png").unlink()
    rules.write(package, {"rule": "one_class", "class": 1})
    manifest.stamp(package)
    manifest.write(package)
    with pytest.raises(StagewrightError, match="another package version"):
        predict(pictures)


def test_a_package_that_was_changed_predicts_nothing(predict: Predict, pictures: Path, package: Path) -> None:
    rules.write(package, {"rule": "one_class", "class": 1})
    with pytest.raises(StagewrightError, match=r"rule\.json has other bytes"):
        predict(pictures)


def test_sources_that_cannot_be_predicted(predict: Predict, tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="there is no"):
        predict(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StagewrightError, match="holds nothing to predict"):
        predict(tmp_path / "empty")
    pd.DataFrame({"picture_file": [1]}).to_parquet(tmp_path / "wrong.parquet")
    with pytest.raises(StagewrightError, match="no column 'image'"):
        predict(tmp_path / "wrong.parquet")


def test_an_id_cannot_leave_the_folder_of_masks(predict: Predict, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.eye(8, 12, dtype=np.uint8)).save(buffer, "PNG")
    pd.DataFrame({"id": ["../../evil"], "image": [buffer.getvalue()]}).to_parquet(tmp_path / "t.parquet")
    predict(tmp_path / "t.parquet")
    assert (tmp_path / "out" / "masks" / "evil.png").is_file()
    assert not (tmp_path / "evil.png").exists()
