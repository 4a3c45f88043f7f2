"""Samples of a source before they are read, and a value of a row as an input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stagewright_plugins.imaging.planes import Refused
from stagewright_plugins.packaging.columns import translates
from stagewright_plugins.packaging.tensors import DTYPES

ID = "id"  # column that names rows where no other is said


@dataclass(frozen=True)
class Sample:
    """One sample, not read yet.

    Attributes:
        read: gives its raw inputs, each without the batch dimension; may raise.
    """

    id: str
    read: Callable[[], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Samples:
    """All samples of a source.

    Attributes:
        identity: digest of what the source is, so that a later attempt knows whether it is the same.
        after: the samples from a position on; nothing before it is decoded.
    """

    count: int
    identity: str
    after: Callable[[int], Iterator[Sample]]


def wanted(signature: Mapping[str, Any], id: str) -> list[str]:
    """Columns that a table must have: the inputs, and what was said to name rows. The usual `id` may be missing."""
    return [*(tensor["name"] for tensor in signature["inputs"]), *([] if id == ID else [id])]


def as_input(signature: Mapping[str, Any], tensor: Mapping[str, Any], plain: Any) -> np.ndarray:
    """A value of a row as a column input, (1,); raises Refused where there is none and one is needed.

    A missing number is NaN, a missing category empty, as in training. A missing text has no translation.
    """
    name, dtype = tensor["name"], DTYPES[tensor["datatype"]]
    if plain is None and (translates(signature) or dtype.kind not in "fO"):
        raise Refused("missing", f"{name} has no value")
    if dtype.kind == "O":
        return np.array(["" if plain is None else str(plain)], dtype=object)
    return np.array([np.nan if plain is None else plain], dtype=dtype)
