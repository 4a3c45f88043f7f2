"""The file of notices."""

import json

import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.monitor import Notice
from stagewright.testing import context
from stagewright_plugins.monitor.notify.log import log


def test_lines_are_appended(tmp_path):
    work = context(tmp_path / "work")
    for title in ("a", "b"):
        log(work)(Notice(title, "text", "page", {"x": "y"}))
    lines = [json.loads(line) for line in (work.workdir / "notices.jsonl").read_text().splitlines()]
    assert [(line["title"], line["labels"]) for line in lines] == [("a", {"x": "y"}), ("b", {"x": "y"})]


def test_it_stays_in_its_folder(tmp_path):
    with pytest.raises(StagewrightError, match="leads out"):
        log(context(tmp_path / "work"), path="../elsewhere")
