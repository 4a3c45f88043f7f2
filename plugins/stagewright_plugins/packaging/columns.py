"""Requests and answers as plain columns, one value per sample: what monitoring compares, before and after release.

Reference sketches, live events and batch predictions all get their columns here, so they mean the same
everywhere (only the predictor then says a `label` by its class's name):

    <input>              a column input (N, 1): its value, a number or a text
    <image>.brightness   a picture's mean grey value, its `.contrast` (standard deviation), `.sharpness` (variance of
                         the Laplacian) and `.noise` (Immerkaer, 1996), all at the task's size, in shares of full scale
    <image>.height       pixels of a picture as it came, and `.width`
    <output>             an output (N,): its value
    <text>.characters    of a text to translate and of its translation; `.words`, `.placeholders` too
    <output>.<class>     share of pixels that a mask (N, H, W) gives to the class; column of (N, K) probabilities
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from stagewright_plugins.imaging.view import ImageView

from .pictures import resized

Arrays = Mapping[str, np.ndarray]
Columns = dict[str, np.ndarray]


def of_inputs(signature: Mapping[str, Any], inputs: Arrays) -> Columns:
    """Columns of a batch of raw inputs, one value per sample."""
    found: Columns = {}
    for tensor in signature["inputs"]:
        name, values = tensor["name"], inputs[tensor["name"]]
        if translates(signature):
            found |= of_texts(name, values.reshape(-1))
        elif len(tensor["shape"]) == 4:
            found |= _pictures(name, values, signature["task"]["size"])
        elif values[0].size == 1:
            found[name] = values.reshape(-1)
    return found


def of_outputs(signature: Mapping[str, Any], outputs: Arrays) -> Columns:
    """Columns of a batch of outputs, as far as they are there; maps of probabilities have none."""
    found: Columns = {}
    for name, values in outputs.items():
        if values.dtype == object and translates(signature):
            found |= of_texts(name, values)
        elif values.ndim == 1:
            found[name] = values
        elif values.ndim == 2:
            found |= {f"{name}.{label}": values[:, i] for i, label in enumerate(signature["classes"])}
        elif values.ndim == 3:
            shares = [(values == i).mean(axis=(1, 2)) for i in range(len(signature["classes"]))]
            found |= {f"{name}.{label}": shares[i] for i, label in enumerate(signature["classes"])}
    return found


def translates(signature: Mapping[str, Any]) -> bool:
    """Whether texts in requests and answers are sentences, not categories."""
    return bool(signature["task"].get("type") == "translation")


def of_texts(name: str, texts: Iterable[str]) -> Columns:
    """What is measured of texts, one value per text."""
    from stagewright_plugins.texts import normalising, placeholders

    kept = [str(text) for text in texts]
    counts = {
        "characters": [len(text) for text in kept],
        "words": [len(normalising.words(text)) for text in kept],
        "placeholders": [len(placeholders.found(text)) for text in kept],
    }
    return {f"{name}.{what}": np.array(values, dtype=np.float64) for what, values in counts.items()}


def joined(batches: Iterable[Columns]) -> Columns:
    """The columns of many batches as one."""
    kept = list(batches)
    return {name: np.concatenate([batch[name] for batch in kept]) for name in kept[0]} if kept else {}


def _pictures(name: str, images: np.ndarray, size: list[int]) -> Columns:
    described = [_described(resized(image, size)) for image in images]
    found = {f"{name}.{key}": np.array([one[key] for one in described]) for key in described[0]}
    height, width = (np.full(len(images), edge) for edge in images.shape[2:])
    return found | {f"{name}.height": height, f"{name}.width": width}


def _described(image: np.ndarray) -> dict[str, float]:
    view = ImageView(image, None, ())
    return {
        "brightness": float(view.mean),
        "contrast": float(view.std),
        "sharpness": float(view.laplacian.var(dtype="float64")),
        "noise": _noise(view),
    }


def _noise(view: ImageView) -> float:
    if min(view.size) < 3:
        return 0.0
    residue = np.diff(np.diff(view.grey, 2, axis=0), 2, axis=1)
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(residue).mean(dtype=np.float64))
