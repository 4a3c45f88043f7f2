"""Samples of a source before they are read, and a value of a row as an input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright_plugins.imaging.planes import Refused
from stagewright_plugins.packaging.columns import translates
from stagewright_plugins.packaging.tensors import DTYPES

ID = "id"  # column that names rows where nobody says another


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
        named_by: the column that names the samples; empty where there is none.
        after: the samples from a position on; nothing before it is decoded.
    """

    count: int
    identity: str
    after: Callable[[int], Iterator[Sample]]
    named_by: str = ""


def naming(names: Sequence[str], signature: Mapping[str, Any], said: str | None) -> str | None:
    """Which of a table's columns names its rows; None where they are numbered.

    It is the one that was said, or that named them in training, or `id`, as data artifacts have it.

    Raises:
        StagewrightError: the table lacks the column that was said.
    """
    if said is not None and said not in names:
        raise StagewrightError(f"the table has no column {said!r}, {suggestion(said, names, 'column')}")
    usual = (signature["id"], ID) if said is None else (said,)
    return next((name for name in usual if name and name in names), None)


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
