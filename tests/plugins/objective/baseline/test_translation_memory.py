"""The translation memory as a baseline: scored on unseen texts, and served as it was scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from small_texts import a_dataset, a_metric_set, a_task
from stagewright.stages.baseline import Inputs
from stagewright.stages.deploy import BackendInputs
from stagewright.stages.framing import Framing
from stagewright.testing import context
from stagewright_plugins.deploy.backend.rule import rule as backend
from stagewright_plugins.objective.baseline.translation_memory import translation_memory
from stagewright_plugins.packaging import manifest, rule


def test_it_is_scored_and_can_be_served(tmp_path: Path) -> None:
    task = a_task()
    data = a_dataset(tmp_path, task)
    given = Inputs(
        Framing(task), data, a_metric_set(tmp_path / "m", task), context(tmp_path / "work", seed=3)
    )
    scores = translation_memory(given)
    assert 10 < scores.values["bleu"].value < 100
    rule.packaged(scores.path, tmp_path / "package", "menus", task)
    signature = manifest.verify(tmp_path / "package")
    engine = backend(BackendInputs(tmp_path / "package", signature))
    answer = engine({"text": np.array([["Save page  now"], ["Zzz"]], dtype=object)})
    assert answer["translation"].shape == (2,)
    assert answer["translation"][0].split()[-1] == "maintenant"
    assert answer["match"][0] > 0.8 > answer["match"][1]


def test_below_a_likeness_texts_stay_as_they_are(tmp_path: Path) -> None:
    task = a_task()
    data = a_dataset(tmp_path, task)
    given = Inputs(
        Framing(task), data, a_metric_set(tmp_path / "m", task), context(tmp_path / "work", seed=3)
    )
    never = translation_memory(given, least=1.0)
    often = translation_memory(given, least=0.0)
    assert never.values["bleu"].value < often.values["bleu"].value
