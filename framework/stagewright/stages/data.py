"""data: raw sources become one versioned dataset with splits, quality columns, lineage and a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.stages.framing import Framing, Task

if TYPE_CHECKING:
    import numpy as np

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Inputs:
    """What the data stage looks at."""

    framing: Framing
    context: Context


@dataclass(frozen=True)
class Dataset:
    """A handle on one dataset version. The folder `path` holds:

    `splits/<split>/`   Arrow, opened with `datasets.load_from_disk`; columns `id`, `input`, `target`, `group`
    `quality.parquet`   one row per kept sample: `id`, `split`, `group`, tags, one column per quality value
    `quality.json`      per quality column: direction, range, what is suspicious, unit, doc
    `quarantine.json`   refused items: `[{id, reason, detail}]`
    `issues.json`       duplicates, leakage, outliers, curation: what was found and what was done
    `card.json`         licence, source, counts, personal data, quality histograms
    `lineage.json`      every pass in order, with counts in and out

    Attributes:
        version: SHA-256 over a manifest of every byte of `splits/`.
        modality: `image`, `tabular`, `text`.
        counts: samples per split.
        group: what the `group` column means (`scanner`), or empty.
        tags: columns of `quality.parquet` that describe a sample and can be sliced by.
        quality: columns of `quality.parquet` that were measured.
    """

    path: Path
    version: str
    modality: str
    counts: Mapping[str, int]
    group: str = ""
    tags: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()


# ---- data.source -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SourceInputs:
    """What a source is handed."""

    task: Task
    context: Context


@dataclass(frozen=True)
class Sample:
    """One decoded item, before cleaning.

    Attributes:
        input: image as (H, W) or (H, W, C), uint8, or float32 in [0, 1].
        target: mask as (H, W) integers, or None where the source has none.
        group: samples of one group must not be split (patient, scanner).
        time: ISO 8601 timestamp, for splits by time.
        tags: plain facts to slice by.
    """

    input: np.ndarray
    target: np.ndarray | None
    group: str = ""
    time: str = ""
    tags: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """What the source declares about its data; kept in the dataset's card."""

    title: str
    licence: str
    origin: str
    personal_data: Literal["none", "pseudonymised", "personal", "unknown"] = "unknown"
    description: str = ""
    citation: str = ""


@dataclass(frozen=True)
class Source:
    """Where samples come from. `read` may raise: the item is then quarantined with the reason."""

    ids: Sequence[str]
    read: Callable[[str], Sample]
    card: Card
    modality: str
    group: str = ""


source: Contract[SourceInputs, Source] = Contract("data.source", takes=SourceInputs, gives=Source)
SourceChoice = Annotated[Component[SourceInputs, Source], source]


# ---- data.quality ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class QualityFacts:
    """What a quality metric declares: how to read its numbers.

    Attributes:
        suspicious: which end deserves a look: `low`, `high`, `both`, or `none`.
        low, high: the range the value can take; None means unbounded.
        level: `image` (needs no target) or `target`.
    """

    suspicious: Literal["low", "high", "both", "none"] = "both"
    low: float | None = None
    high: float | None = None
    unit: str = ""
    level: Literal["image", "target"] = "image"


# Takes one decoded view (`stagewright_plugins.imaging.view.ImageView` for images: every derived picture is
# computed once and shared by all metrics); gives a number, or numbers by sub-name (`area.grey`).
quality: Contract[Any, float | Mapping[str, float]] = Contract(
    "data.quality", takes=object, gives=Any, facts=QualityFacts
)
QualityChoice = Annotated[Component[Any, float | Mapping[str, float]], quality]


# ---- data.duplicates -------------------------------------------------------------------------------


@dataclass(frozen=True)
class DuplicatesInputs:
    """One working-size grey picture per sample, (N, H, W) uint8, in the order of `ids`."""

    ids: Sequence[str]
    pictures: np.ndarray


@dataclass(frozen=True)
class Duplicates:
    """Pairs of near copies, `(first id, second id, distance)`; distance 0 means the same hash."""

    pairs: Sequence[tuple[str, str, float]]


duplicates: Contract[DuplicatesInputs, Duplicates] = Contract(
    "data.duplicates", takes=DuplicatesInputs, gives=Duplicates
)
DuplicatesChoice = Annotated[Component[DuplicatesInputs, Duplicates], duplicates]


# ---- data.split ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SplitInputs:
    """What a splitter is handed: one row per kept sample, with all tags and quality columns.

    `rows` is a pandas DataFrame with at least `id`, `group`, `time`; `seed` makes it repeatable.
    """

    rows: Any
    seed: int


# Gives one split name per row, in order.
split: Contract[SplitInputs, Sequence[str]] = Contract("data.split", takes=SplitInputs, gives=Sequence)
SplitChoice = Annotated[Component[SplitInputs, Sequence[str]], split]


stage: Contract[Inputs, Dataset] = Contract("data", takes=Inputs, gives=Dataset)
