"""Translations evaluated: the files agree with the command `sacrebleu`, gains are paired, mistakes are counted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from small_texts import a_dataset, a_metric_set, a_task, trained
from stagewright.errors import StagewrightError
from stagewright.stages import baseline as baseline_stage
from stagewright.stages.evaluate import Inputs
from stagewright.stages.framing import Framing
from stagewright.stages.scores import Scores
from stagewright.testing import Heard, context
from stagewright_plugins.evaluate.text import text
from stagewright_plugins.objective.baseline.translation_memory import translation_memory


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("evaluated")
    task = a_task()
    data = a_dataset(folder, task)
    metrics = a_metric_set(folder / "metrics", task)
    model = trained(folder / "model", data, task, epochs=2, memory=0.3)
    without = translation_memory(
        baseline_stage.Inputs(Framing(task), data, metrics, context(folder / "baseline", seed=3))
    )
    heard = Heard()
    given = Inputs(
        Framing(task), data, metrics, without, model, context(folder / "evaluate", seed=3, heard=heard)
    )
    scores = text(given, slices=["source_words"], minimum_slice=5)
    return {"scores": scores, "baseline": without, "heard": heard, "inputs": given, "data": data}


def told(scores: Scores, name: str) -> Any:
    return json.loads((scores.path / name).read_text())


def test_bleu_is_the_number_of_the_command_on_the_files(done: dict[str, Any]) -> None:
    scores = done["scores"]
    found = told(scores, "bleu.json")
    program, *given = found["command"].split()
    assert program == "sacrebleu"
    command = [str(Path(sys.executable).with_name(program)), *given]
    said = subprocess.run(command, cwd=scores.path, capture_output=True, text=True, check=True, timeout=120)
    answer = json.loads(said.stdout)
    assert answer["score"] == pytest.approx(scores.values["bleu"].value, abs=0.01)
    assert answer["signature"] == found["signature"]
    assert f"BLEU|{answer['signature']}".startswith(
        "BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:"
    )
    assert {"event": "sacrebleu", "score": found["score"], "signature": found["signature"]} in done[
        "heard"
    ].events


def test_the_memory_is_scored_and_the_gain_has_an_interval(done: dict[str, Any]) -> None:
    found = {item["metric"]: item for item in told(done["scores"], "baseline.json")}
    gain = found["bleu"]["difference"]
    assert gain["value"] == pytest.approx(
        done["scores"].values["bleu"].value - done["baseline"].values["bleu"].value
    )
    assert gain["low"] <= gain["value"] <= gain["high"]
    assert done["scores"].values["bleu"].low is not None


def test_slices_likeness_and_mistakes_cover_the_split(done: dict[str, Any]) -> None:
    scores, count = done["scores"], done["data"].counts["test"]
    assert sum(item["texts"] for item in told(scores, "likeness.json")) == count
    (column,) = told(scores, "slices.json")["columns"]
    assert sum(item["samples"] for item in column["slices"]) == count
    assert told(scores, "mistakes.json")["texts"] == count
    table = pd.read_parquet(scores.path / "translations.parquet")
    lines = (scores.path / "hypotheses.txt").read_text().splitlines()
    assert table["said"].tolist() == lines
    titles = {block.title for block in done["heard"].blocks}
    assert titles >= {
        "sacreBLEU",
        "Mistakes",
        "Worst translations",
        "By likeness to what was translated before",
    }


def test_a_slice_by_what_is_not_there_is_refused(done: dict[str, Any]) -> None:
    with pytest.raises(StagewrightError, match="no column 'catalog'"):
        text(done["inputs"], slices=["catalog"])
