"""Occlusion with Captum around an engine that is no torch module."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from captum.attr import FeatureAblation, Occlusion
from PIL import Image

from stagewright.errors import StagewrightError
from stagewright.stages.monitor import Explained, ExplainInputs

from .columns import Floats

Arrays = Mapping[str, np.ndarray]
EDGE = 320  # pixels of a picture's longer side in the report, about
WARM = np.array([230, 159, 0])  # what spoke for the answer (Okabe and Ito, 2008)
COLD = np.array([86, 180, 233])  # what spoke against it


def of_picture(inputs: ExplainInputs, name: str, patches: int) -> Explained:
    """Patches of a picture; the drawing is the picture with what mattered over it."""
    picture = inputs.arrays[name][:1]
    score = _support(inputs, {name: picture})
    edge = max(1, round(min(picture.shape[2:]) / patches))
    window = (picture.shape[1], edge, edge)

    def forward(batch: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(score({name: batch.round().clamp(0, 255).to(torch.uint8).numpy()}))

    whole = torch.from_numpy(picture.astype(np.float32))
    hidden = whole.mean(dim=(2, 3), keepdim=True).expand_as(whole)
    # Half a patch apart, so that what lies on a border is not cut in two.
    steps = (picture.shape[1], max(1, edge // 2), max(1, edge // 2))
    found = Occlusion(forward).attribute(
        whole, window, strides=steps, baselines=hidden, perturbations_per_eval=8
    )
    importance = found[0].sum(dim=0).numpy()
    file = "explained.png"
    Image.fromarray(_drawn(picture[0], importance)).save(inputs.folder / file)
    return Explained(
        f"occlusion of patches of {edge} pixels (Captum)",
        "mean probability of the answer over pixels",
        float(score({name: picture})[0]),
        {},
        file,
    )


def of_columns(inputs: ExplainInputs) -> Explained:
    """Columns one by one, each set to its usual value."""
    names = [tensor["name"] for tensor in inputs.signature["inputs"]]
    given = {name: inputs.arrays[name][:1] for name in names}
    usual = {name: _usual(inputs, name, given[name]) for name in names}
    score = _support(inputs, given)

    def forward(present: torch.Tensor) -> torch.Tensor:
        rows = present.numpy() > 0.5
        batch = {
            name: np.concatenate([given[name] if row[i] else usual[name] for row in rows])
            for i, name in enumerate(names)
        }
        return torch.from_numpy(score(batch))

    found = FeatureAblation(forward).attribute(torch.ones(1, len(names)), perturbations_per_eval=16)
    parts = dict(zip(names, (float(value) for value in found[0]), strict=True))
    ordered = dict(sorted(parts.items(), key=lambda item: -abs(item[1])))
    return Explained(
        "columns set to their usual value one by one (Captum's feature ablation)",
        "probability of the answer",
        float(score(given)[0]),
        ordered,
    )


def _support(inputs: ExplainInputs, given: Arrays) -> Callable[[Arrays], Floats]:
    """A function from a batch to the probability that each row gives to the answer of the request as it came.

    Raises:
        StagewrightError: the package has no probabilities.
    """
    names = {tensor["name"] for tensor in inputs.signature["outputs"]}
    if "probability" not in names:
        raise StagewrightError("monitor.explainer: the package gives no `probability` to explain")
    first = inputs.engine(given, ["probability"])["probability"]
    answer = first.argmax(axis=1)  # (1,) or (1, H, W)

    def score(batch: Arrays) -> Floats:
        probability = inputs.engine(batch, ["probability"])["probability"]
        index = np.broadcast_to(answer[:, None], (len(probability), 1, *probability.shape[2:]))
        kept = np.take_along_axis(probability, index, axis=1)
        found: Floats = kept.reshape(len(probability), -1).mean(axis=1).astype(np.float64)
        return found

    return score


def _usual(inputs: ExplainInputs, name: str, like: np.ndarray) -> np.ndarray:
    if name not in inputs.reference:
        return np.zeros_like(like) if like.dtype.kind in "biuf" else like
    known = inputs.reference[name].dropna()
    value = known.median() if like.dtype.kind in "biuf" else known.mode().iloc[0]
    return np.full_like(like, value)


def _drawn(picture: np.ndarray, importance: Floats) -> np.ndarray:
    grey = picture.mean(axis=0)
    base = np.repeat(grey[..., None], 3, axis=2)
    strength = np.abs(importance) / (np.abs(importance).max() or 1.0)
    colour = np.where((importance > 0)[..., None], WARM, COLD)
    mixed = base * (1 - 0.6 * strength[..., None]) + colour * 0.6 * strength[..., None]
    both = np.concatenate([base, np.full((len(base), 4, 3), 255.0), mixed], axis=1).astype(np.uint8)
    scale = max(1, round(EDGE / max(grey.shape)))
    return both.repeat(scale, axis=0).repeat(scale, axis=1)
