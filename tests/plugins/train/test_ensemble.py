"""From a sweep's trials to one model: members found in the store, combined, scored on what they were not fitted to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stagewright.errors import StepError
from stagewright.stages import metrics
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Framing, Task
from stagewright.stages.sweep import Best, Finished
from stagewright.stages.train import Inputs, Model
from stagewright.step.execute import plain
from stagewright.store import Store
from stagewright.study.candidates import candidates
from stagewright.testing import Heard, context
from stagewright_plugins.exporting.network import network
from stagewright_plugins.metrics.standard import standard
from stagewright_plugins.scoring.batches import batches
from stagewright_plugins.scoring.sheet import Sheet
from stagewright_plugins.train.ensemble import ensemble

LEARNING: dict[str, Any] = {"optimizer": {"type": "adamw", "lr": 0.03}, "max_epochs": 4}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory, new_stage: Callable[[Path], Any]) -> tuple[Path, Best]:
    """Three finished trials in a store, as a sweep leaves them."""
    project = tmp_path_factory.mktemp("swept")
    store, top = Store(project), []
    for name, version in (("d", "version"), ("e", "another")):
        data = Dataset(Path("."), version, "image", {})
        store.work(name * 32)
        store.put(name * 32, plain(data), {"inputs": {}}, 1.0, "")
    for i, model in enumerate(
        [
            {"type": "unet", "width": 4, "depth": 1},
            {"type": "unet", "width": 2, "depth": 1},
            {"type": "deeplab", "width": 2},
        ]
    ):
        stage = new_stage(project)
        found = stage(f"trial{i}", seed=i, model=model, **LEARNING)
        fingerprint = f"{i:032x}"
        work = store.work(fingerprint)
        for path in found.path.iterdir():
            if path.is_file():
                path.rename(work / path.name)
        output = plain(found) | {"path": "."}
        store.put(fingerprint, output, {"inputs": {"data": "d" * 32}}, 1.0, "")
        top.append(Finished(i, {"train.model": model}, found.validation, fingerprint))
    top.sort(key=lambda item: -item.values["iou_mean"])
    return project, Best(project, {}, {}, 3, top=tuple(top))


def inputs(
    project: Path, dataset: Dataset, task: Task, sweep: Best | None, heard: Heard | None = None
) -> Inputs:
    given = context(project / "work", 1, heard)
    named = [given.resolve("metrics.metric", {"type": name}) for name in ("iou", "dice")]
    measured = standard(metrics.Inputs(Framing(task), given), of=named)
    return Inputs(Framing(task), dataset, measured, given, sweep)


@pytest.mark.parametrize("method", ["average", "weighted", "greedy", "stacking"])
def test_it_is_one_model_that_can_be_run_again(
    swept: tuple[Path, Best], dataset: Dataset, make_task: Callable[..., Task], method: Any
) -> None:
    project, best = swept
    heard = Heard()
    given = inputs(project, dataset, make_task(), best, heard)
    model = ensemble(given, method=method, folds=4)
    assert model.format == "torch"
    assert (model.path / "model.safetensors").is_file()
    assert model.parameters >= min(one.model.parameters for one in candidates(given.context.home, best))
    rebuilt = network(model, given.framing.task, given.context)
    sheet = Sheet(given.metrics, given.framing.task, given.context)
    for batch in batches(dataset, "validation"):
        with torch.inference_mode():
            sheet.update(batch.ids, rebuilt(torch.from_numpy(batch.inputs)).softmax(1), batch.targets)
    if method == "average":  # nothing was fitted, so what is told is what it does
        assert sheet.values()["iou_mean"] == pytest.approx(model.validation["iou_mean"], abs=1e-6)
    assert {block.to_json()["title"] for block in heard.blocks} == {"Ensemble", "Members"}
    assert [event["method"] for event in heard.events] == [method]


def test_a_fitted_method_is_scored_on_what_it_was_not_fitted_to(
    swept: tuple[Path, Best],
    dataset: Dataset,
    make_task: Callable[..., Task],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from stagewright_plugins.ensembling import fitting, methods

    seen: list[set[int]] = []

    def spying(given: methods.Given) -> methods.Combination:
        seen.append(set(given.rows.tolist()))
        return methods.average(given)

    monkeypatch.setitem(fitting.METHODS, "greedy", spying)
    ensemble(inputs(swept[0], dataset, make_task(), swept[1]), method="greedy", folds=4)
    whole, *parts = seen
    assert whole == {0, 1, 2, 3}
    assert sorted(tuple(whole - part) for part in parts) == [(0,), (1,), (2,), (3,)]


def test_it_repeats(swept: tuple[Path, Best], dataset: Dataset, make_task: Callable[..., Task]) -> None:
    def once() -> tuple[Model, bytes, str]:
        given = inputs(swept[0], dataset, make_task(), swept[1])
        model = ensemble(given, method="stacking", folds=2)
        return model, (model.path / "model.safetensors").read_bytes(), json.dumps(model.spec)

    assert once() == once()


def test_it_says_what_is_missing(
    swept: tuple[Path, Best], dataset: Dataset, make_task: Callable[..., Task]
) -> None:
    project, best = swept
    with pytest.raises(StepError, match="give the recipe a section `sweep`"):
        ensemble(inputs(project, dataset, make_task(), None))
    few = Best(project, {}, {}, 1, top=best.top[:1])
    with pytest.raises(StepError, match="needs two PyTorch models, the sweep left 1"):
        ensemble(inputs(project, dataset, make_task(), few))
    gone = Best(project, {}, {}, 1, top=(Finished(7, {}, {}, "f" * 32),))
    with pytest.raises(StepError, match="model of trial 7 is gone"):
        ensemble(inputs(project, dataset, make_task(), gone))


def test_members_of_other_data_are_refused(
    swept: tuple[Path, Best], dataset: Dataset, make_task: Callable[..., Task]
) -> None:
    project, best = swept
    store = Store(project)
    hit, _ = store.get(best.top[0].fingerprint)
    assert hit
    (store.work("a" * 32) / "history.json").write_text("{}")
    store.put("a" * 32, hit.output, {"inputs": {"data": "e" * 32}}, 1.0, "")
    mixed = Best(project, {}, {}, 3, top=(*best.top, Finished(9, {}, {}, "a" * 32)))
    with pytest.raises(StepError, match="trial 9 was trained on other data than the best one"):
        ensemble(inputs(project, dataset, make_task(), mixed))


def test_equal_trials_are_one_candidate(swept: tuple[Path, Best]) -> None:
    project, best = swept
    twice = Best(project, {}, {}, 4, top=(*best.top, best.top[0]))
    assert len(candidates(Store(project).home, twice)) == 3


def test_members_answer_in_the_order_of_the_validation_split(dataset: Dataset) -> None:
    assert [name for batch in batches(dataset, "validation") for name in batch.ids] == [
        f"validation{i}" for i in range(4)
    ]
    assert np.concatenate([batch.targets for batch in batches(dataset, "validation")]).shape == (4, 17, 20)
