"""`stagewright new recipe --task translation` on a small file of one's own: nothing but the data is missing."""

from __future__ import annotations

import pytest

from running import Project
from small_texts import a_tsv

# A narrow network for a made-up language of 200 pairs; the memory alone would reach the template's target.
SMALL = (
    "objective.kpis=[]",
    "framing.success=[]",
    "data.split={type: grouped, train: 0.5, validation: 0.2, test: 0.3}",
    "data.vocabulary=300",
    "train.model={type: transformer, vocabulary: 300, width: 32, layers: 1, inner: 64, dropout: 0.1, memory: 0.3}",
    "train.loss.label_smoothing=0.0",
    "train.optimizer.lr=0.01",
    "train.max_epochs=15",
    "train.batch_size=16",
    "compress.limits={size_ratio: 0.95, drop: {chrf: 5}}",
    "monitor.window=20",
)


@pytest.mark.slow
def test_the_template_runs_from_a_file_to_monitoring(project: Project) -> None:
    project("new", "recipe", "menus", "--task", "translation")
    (project.path / "data").mkdir()
    a_tsv(project.path / "data").rename(project.path / "data" / "menus.tsv")
    project("run", "menus", *SMALL)
    assert project.shown()["exit_code"] == 0
    assert set(project.statuses().values()) == {"ran"}
    assert "monitor" in project.statuses()
    (project.path / "texts.txt").write_text("Open the page\nDelete user now\n")
    project("predict", "menus", "texts.txt", "--out", "french", "--format", "csv")
    assert len((project.path / "french" / "predictions" / "part-00000.csv").read_text().splitlines()) == 3
