"""Trials of a sweep as MLflow runs below the run that searched; one of each, however often the sweep was resumed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stagewright.record.revisions import flattened

from ._names import LONGEST_TAG, cut, numbers, parameters
from ._store import Store

PARENT = "mlflow.parentRunId"
STUDY, NUMBER, STATE = "stagewright.study", "stagewright.trial", "stagewright.state"
STATUS = {"failed": "FAILED"}


class Trials:
    """The child runs of one MLflow run."""

    def __init__(self, store: Store, parent: str) -> None:
        self._store, self._parent = store, parent
        self._study = ""
        self._known: dict[str, str] = {}  # MLflow run by number, of this study

    def add(self, trial: Mapping[str, Any]) -> None:
        """One trial that ended, as its event says it."""
        self._learn(str(trial["study"]))
        if str(trial["number"]) not in self._known:
            self._known[str(trial["number"])] = self._made(trial)

    def complete(self, study: str, artifact: Path, ended: str) -> None:
        """Once the sweep is over: what earlier runs of it tried belongs to the run that finished it.

        `ended` is when, for trials whose end nobody told while the sweep worked.
        """
        self._learn(study)
        for trial in _lines(artifact / "trials.jsonl"):
            known = self._known.get(str(trial["number"]))
            if known is None:
                self.add({**trial, "study": study, "t": ended})
            else:
                self._store.client.set_tag(known, PARENT, self._parent)

    def _learn(self, study: str) -> None:
        """Which trials of a study have a run already."""
        if study == self._study:
            return
        self._study, token = study, None
        while True:
            found = self._store.client.search_runs(
                [self._store.experiment], f"tags.`{STUDY}` = '{study}'", max_results=1000, page_token=token
            )
            self._known |= {run.data.tags[NUMBER]: run.info.run_id for run in found}
            token = found.token
            if not token:
                return

    def _made(self, trial: Mapping[str, Any]) -> str:
        from mlflow.entities import Metric, Param, RunTag

        client, end = self._store.client, _milliseconds(trial["t"])
        begin = end - round(1000 * (trial.get("seconds") or 0))
        tags = {PARENT: self._parent, STUDY: self._study, NUMBER: trial["number"], STATE: trial["state"]}
        tags |= {"mlflow.note.content": trial["reason"]} if trial.get("reason") else {}
        name = f"trial {trial['number']}"
        run = client.create_run(
            self._store.experiment,
            start_time=begin,
            run_name=name,
            tags={key: cut(value, LONGEST_TAG) for key, value in tags.items()},
        )
        values = numbers(trial.get("values") or {})
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(key, value, end, 0) for key, value in values.items()],
            params=[Param(key, value) for key, value in parameters(flattened(trial["settings"])).items()],
            tags=[RunTag("stagewright.fingerprint", trial["fingerprint"])]
            if trial.get("fingerprint")
            else [],
        )
        client.set_terminated(run.info.run_id, STATUS.get(trial["state"], "FINISHED"), end)
        made: str = run.info.run_id
        return made


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    yield from (json.loads(line) for line in text.splitlines())


def _milliseconds(moment: str) -> int:
    return round(datetime.datetime.fromisoformat(moment).timestamp() * 1000)
