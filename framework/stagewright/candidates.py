"""The models behind a sweep's best trials, for what combines them."""

from __future__ import annotations

from pathlib import Path

from stagewright.errors import StepError
from stagewright.execute import handle
from stagewright.stages.sweep import Best, Finished
from stagewright.stages.train import Model
from stagewright.store import Hit, Store


def candidates(home: Path, best: Best) -> list[tuple[Finished, Model]]:
    """The best trials with their trained models, best first; equal models once.

    A trial that was measured on its compressed package stands here with the model before compression.

    Raises:
        StepError: a model is gone from the store.
    """
    store = Store(home.parent)
    found: dict[str, tuple[Finished, Model]] = {}
    for trial in best.top:
        hit = _trained(store, _hit(store, trial.fingerprint, trial))
        found.setdefault(hit.fingerprint, (trial, handle(store, "train", hit)))
    return list(found.values())


def _trained(store: Store, hit: Hit) -> Hit:
    """The train step that a model goes back to."""
    before = hit.parts["inputs"].get("model")
    return _trained(store, _hit(store, before)) if before else hit


def _hit(store: Store, fingerprint: str, trial: Finished | None = None) -> Hit:
    hit, harm = store.get(fingerprint)
    if hit is None:
        of = f" of trial {trial.number}" if trial else ""
        why = harm or "no step of this fingerprint"
        raise StepError(f"the model{of} is gone from the store ({why}): sweep again")
    return hit
