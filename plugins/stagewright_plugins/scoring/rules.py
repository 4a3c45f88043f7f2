"""No-ML rules as plain JSON: what a baseline found on the train split, and the function it stands for.

A baseline stage scores with the function rebuilt from its own spec and leaves the spec as `rule.json`, so that what
is served later is what was scored. `{"rule": name, ...}`, with the settings below.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion

from .otsu import thresholds

RULE = "rule.json"

# (N, C, H, W) float32 in [0, 1] → (N, H, W) class indices
Label = Callable[[np.ndarray], np.ndarray]


def rebuilt(spec: Mapping[str, Any]) -> Label:
    """The label function of a rule; raises StagewrightError for a rule that nothing here knows."""
    name = str(spec.get("rule"))
    if name not in RULES:
        raise StagewrightError(f"no rule {name!r} can be rebuilt, {suggestion(name, RULES, 'rule')}")
    return RULES[name](spec)


def write(folder: Path, spec: Mapping[str, Any]) -> None:
    """Leave a rule beside the scores it reached."""
    (folder / RULE).write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """The rule that a folder holds; raises StagewrightError where there is none."""
    try:
        spec: dict[str, Any] = json.loads((folder / RULE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StagewrightError(f"{folder} holds no {RULE}: this baseline cannot be served") from None
    return spec


def _one_class(spec: Mapping[str, Any]) -> Label:
    """`{"class": index}`: the same everywhere."""
    index = int(spec["class"])
    return lambda images: np.full((len(images), *images.shape[2:]), index)


def _multi_otsu(spec: Mapping[str, Any]) -> Label:
    """`{"bins": n, "classes": [index of the darkest range, ...]}`: ranges of grey, placed anew in every image."""
    classes, bins = np.array(spec["classes"]), int(spec["bins"])

    def label(images: np.ndarray) -> np.ndarray:
        grey = images.mean(1)
        return np.stack([classes[np.digitize(one, thresholds(one, len(classes), bins))] for one in grey])

    return label


def _nearest(spec: Mapping[str, Any]) -> Label:
    """`{"centres": [grey, ...], "classes": [index of each centre, ...]}`: the class of the nearest centre.

    Between centres in order, the nearest changes half way: a search among the middles is all there is to do.
    """
    order = np.argsort(spec["centres"])
    centres, classes = np.array(spec["centres"])[order], np.array(spec["classes"])[order]
    middles = (centres[1:] + centres[:-1]) / 2
    return lambda images: classes[np.digitize(images.mean(1), middles)]


def _gaussians(spec: Mapping[str, Any]) -> Label:
    """`{"means", "variances", "weights", "classes"}`: the class of the likeliest component of a mixture."""
    means, variances, weights = (np.array(spec[name]) for name in ("means", "variances", "weights"))
    classes = np.array(spec["classes"])
    offset = np.log(weights) - np.log(variances) / 2  # what is equal for all components is left out

    def label(images: np.ndarray) -> np.ndarray:
        grey = images.mean(1)[..., None].astype(np.float64)
        return classes[(offset - (grey - means) ** 2 / (2 * variances)).argmax(-1)]

    return label


RULES: dict[str, Callable[[Mapping[str, Any]], Label]] = {
    "one_class": _one_class,
    "multi_otsu": _multi_otsu,
    "nearest_centre": _nearest,
    "gaussian_mixture": _gaussians,
}
