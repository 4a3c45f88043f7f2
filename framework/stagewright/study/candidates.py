"""The models behind a sweep's best trials, for what combines them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from stagewright.errors import StepError
from stagewright.frozen import frozen
from stagewright.stages.data import Dataset
from stagewright.stages.sweep import Best, Finished
from stagewright.stages.train import Model
from stagewright.step.execute import handle
from stagewright.store import Hit, Store


@frozen
class Candidate:
    """A finished trial, the model it trained, and the data that this was trained on."""

    trial: Finished
    model: Model
    data: Dataset


def candidates(home: Path, best: Best) -> list[Candidate]:
    """The best trials with their trained models, best first; equal models once.

    A trial that was measured on its compressed package stands here with the model before compression.

    Raises:
        StepError: a model, or what it was trained on, is gone from the store.
    """
    store = Store(home.parent)

    @cache  # most trials share their data
    def dataset(fingerprint: str) -> Dataset:
        found: Dataset = handle(store, "data", _hit(store, fingerprint, "the data of a trial"))
        return found

    found: dict[str, Candidate] = {}
    for trial in best.top:
        hit = _trained(store, _hit(store, trial.fingerprint, f"the model of trial {trial.number}"))
        if hit.fingerprint not in found:
            model = handle(store, "train", hit)
            found[hit.fingerprint] = Candidate(trial, model, dataset(hit.parts["inputs"]["data"]))
    return list(found.values())


def _trained(store: Store, hit: Hit) -> Hit:
    """The train step that a model goes back to."""
    before = hit.parts["inputs"].get("model")
    return _trained(store, _hit(store, before, "the model before a compressed one")) if before else hit


def _hit(store: Store, fingerprint: str, what: str) -> Hit:
    hit, harm = store.get(fingerprint)
    if hit is None:
        why = harm or "no step of this fingerprint"
        raise StepError(f"{what} is gone from the store ({why}): sweep again")
    return hit
