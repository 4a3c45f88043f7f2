"""A table's model as a package: one input per column, missing values and words included."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import parser

from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import BackendInputs, Inputs, Package, PredictorInputs
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import Inputs as MetricsInputs
from stagewright.stages.objective import Goal
from stagewright.stages.scores import Scores
from stagewright.stages.train import Model
from stagewright.testing import context
from stagewright_plugins.deploy.backend.onnx import onnx as backend
from stagewright_plugins.deploy.predictor._samples import naming
from stagewright_plugins.framing.task.classification import classification
from stagewright_plugins.metrics.standard import standard
from stagewright_plugins.packaging import manifest, sketch

from .conftest import CARD

# Late if it is far, or if carrier is "slow"; a missing distance counts as none. `label` is a column here, too.
GRAPH = """
<ir_version: 9, opset_import: ["" : 18, "ai.onnx.ml" : 3]>
delays (float[N, 1] distance, string[N, 1] carrier) => (float[N, 2] probability)
<float[1] none = {0.0}, float[1] far = {100.0}, float[1] one = {1.0}>
{
    missing = IsNaN (distance)
    known = Where (missing, none, distance)
    share = Div (known, far)
    near = Clip (share, none_s, one_s)
    slow = ai.onnx.ml.LabelEncoder <keys_strings = ["slow"], values_floats = [1.0], default_float = 0.0> (carrier)
    late = Max (near, slow)
    timely = Sub (one, late)
    probability = Concat <axis = 1> (timely, late)
}
""".replace("none = {0.0},", "none = {0.0}, float none_s = {0.0}, float one_s = {1.0},")


def write_split(folder: Path, split: str, count: int) -> list[dict[str, object]]:
    rows = []
    for i in range(count):
        carrier, far = ("slow", "quick", "")[i % 3], i % 2
        distance = float("nan") if i % 5 == 4 else 20.0 + 70 * far
        late = int(carrier == "slow" or (distance > 50))
        rows.append(
            {
                "id": f"{split}{i}",
                "group": "",
                "distance": distance,
                "carrier": carrier,
                "unused": 1.0,
                "target": late,
            }
        )
    datasets.Dataset.from_list(rows).save_to_disk(str(folder / "splits" / split))
    return [{"id": row["id"], "split": split, "carrier": row["carrier"]} for row in rows]


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    data = tmp_path / "data"
    rows = write_split(data, "validation", 30) + write_split(data, "test", 30)
    pd.DataFrame(rows).to_parquet(data / "quality.parquet")
    (data / "card.json").write_text(
        json.dumps({"title": "Flights", "licence": "CC0-1.0", "personal_data": "none"})
    )
    kinds = {"distance": "number", "carrier": "category", "unused": "number"}
    (data / "columns.json").write_text(json.dumps({name: {"kind": kind} for name, kind in kinds.items()}))
    model = tmp_path / "model"
    model.mkdir()
    onnx.save(parser.parse_model(GRAPH), model / "model.onnx")
    goal = Goal("Passengers miss connections.", "operations", ())
    framing = Framing(classification(goal, classes=("timely", "late")))
    work = context(tmp_path / "home" / "step", seed=1, name="delays")
    metrics = standard(MetricsInputs(framing, work))
    handle = Model(model, "onnx", {}, {}, 0)
    dataset = Dataset(data, "d" * 64, "tabular", {"validation": 30, "test": 30}, tags=("carrier",))
    return Inputs(goal, framing, dataset, metrics, handle, handle, Scores(tmp_path, "test", {}), work)


def deployed(inputs: Inputs, **settings: object) -> Package:
    found: Package = Registry().component("deploy", {"type": "local", "card": CARD, **settings})(inputs)
    return found


def test_one_input_per_column_that_the_model_takes(inputs: Inputs) -> None:
    package = deployed(inputs, fairness={"groups": ["carrier"], "max_gap": 0.9, "minimum": 5})
    signature = manifest.verify(package.path)
    assert [(item["name"], item["datatype"], item["shape"]) for item in signature["inputs"]] == [
        ("distance", "FP32", [-1, 1]),
        ("carrier", "BYTES", [-1, 1]),
    ]
    assert {item.name: item.passed for item in package.verdicts}["parity"]
    engine = backend(BackendInputs(package.path, signature))
    distance = np.array([[90.0], [20.0], [np.nan]], np.float32)
    carrier = np.array([["quick"], ["slow"], [""]], object)
    found = engine({"distance": distance, "carrier": carrier})
    assert found["label"].tolist() == [1, 1, 0]
    assert found["confidence"].tolist() == pytest.approx([0.9, 1.0, 1.0])
    assert found["probability"][:, 1].tolist() == pytest.approx([0.9, 1.0, 0.0])


def test_the_sketch_knows_numbers_words_and_what_is_missing(inputs: Inputs) -> None:
    columns = sketch.read(deployed(inputs).path)["columns"]
    assert columns["carrier"]["counts"] == {"quick": 10, "slow": 10}
    assert columns["carrier"]["missing"] == 10
    assert columns["distance"]["missing"] == 6
    assert columns["label"]["kind"] == "numeric"
    assert {"probability.timely", "probability.late", "confidence"} <= set(columns)


def test_a_sample_request_is_json_where_a_value_is_missing(inputs: Inputs) -> None:
    package = deployed(inputs, samples=5)
    text = (package.path / "samples" / "4.json").read_text()
    assert "NaN" not in text
    (distance,) = (item for item in json.loads(text)["request"]["inputs"] if item["name"] == "distance")
    assert distance["data"] == [None]


def test_batch_predictions_of_a_table(inputs: Inputs, tmp_path: Path) -> None:
    package = deployed(inputs)
    predictor = Registry().component("deploy.predictor", {"type": "batch", "threads": 1})
    source = inputs.data.path / "splits" / "test"
    predictor(PredictorInputs(package.path, source, tmp_path / "out", Registry().component, lambda _: None))
    found = pd.read_parquet(tmp_path / "out" / "predictions")
    wanted = datasets.load_from_disk(str(source))
    assert found["label"].tolist() == [("timely", "late")[target] for target in wanted["target"]]
    assert found["id"].tolist() == wanted["id"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_rows_are_known_by_the_column_that_is_said(inputs: Inputs, tmp_path: Path, suffix: str) -> None:
    package = deployed(inputs)
    table = pd.DataFrame(
        {"flight": ["UA 7", "B6 2"], "distance": [90.0, 20.0], "carrier": ["quick", "quick"]}
    )
    source = tmp_path / f"rows.{suffix}"
    (table.to_csv if suffix == "csv" else table.to_parquet)(source, index=False)
    predictor = Registry().component("deploy.predictor", {"type": "batch", "threads": 1, "id": "flight"})
    predictor(PredictorInputs(package.path, source, tmp_path / "out", Registry().component, lambda _: None))
    found = pd.read_parquet(tmp_path / "out" / "predictions")
    assert found[["id", "label"]].to_numpy().tolist() == [["UA 7", "late"], ["B6 2", "timely"]]
    wrong = Registry().component("deploy.predictor", {"type": "batch", "threads": 1, "id": "fligth"})
    with pytest.raises(StagewrightError, match="no column 'fligth', did you mean 'flight'"):
        wrong(PredictorInputs(package.path, source, tmp_path / "other", Registry().component, lambda _: None))


def test_a_column_without_a_name_names_no_row() -> None:
    assert naming(["", "id"], {"id": ""}, None) == "id"  # an index that pandas wrote along
    assert naming(["", "flight"], {"id": ""}, None) is None


@pytest.mark.parametrize(
    ("columns", "ids", "by"),
    [
        ({"flight": ["UA 7", "B6 2"], "id": [8, 9]}, ["UA 7", "B6 2"], "flight"),
        ({"id": [8, 9]}, ["8", "9"], "id"),
        ({"Flight": ["UA 7", "B6 2"]}, ["0", "1"], ""),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_a_package_knows_which_column_named_its_rows(
    inputs: Inputs, tmp_path: Path, suffix: str, columns: dict[str, list[object]], ids: list[str], by: str
) -> None:
    (inputs.data.path / "card.json").write_text(json.dumps({"id": "flight"}))
    package = deployed(inputs)
    assert manifest.verify(package.path)["id"] == "flight"
    table = pd.DataFrame(columns | {"distance": [90.0, 20.0], "carrier": ["quick", "quick"]})
    source = tmp_path / f"rows.{suffix}"
    {
        "csv": lambda: table.to_csv(source, index=False),
        "parquet": lambda: table.to_parquet(source, index=False),
        "jsonl": lambda: table.to_json(source, orient="records", lines=True),
    }[suffix]()
    predictor = Registry().component("deploy.predictor", {"type": "batch", "threads": 1})
    predictor(PredictorInputs(package.path, source, tmp_path / "out", Registry().component, lambda _: None))
    assert pd.read_parquet(tmp_path / "out" / "predictions")["id"].tolist() == ids
    assert json.loads((tmp_path / "out" / "predictions.json").read_text())["id_column"] == by


def test_another_format_than_onnx_is_said(inputs: Inputs) -> None:
    with pytest.raises(StagewrightError, match="packaged from its own ONNX graph, this one is 'torch'"):
        deployed(replace(inputs, model=replace(inputs.model, format="torch")))


def test_a_column_that_the_data_lacks_is_said(inputs: Inputs) -> None:
    kinds = {"distance": {"kind": "number"}}
    (inputs.data.path / "columns.json").write_text(json.dumps(kinds))
    with pytest.raises(StagewrightError, match="takes 'carrier', which is no column"):
        deployed(inputs)
