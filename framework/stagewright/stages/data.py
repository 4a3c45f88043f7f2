"""data: raw sources become one versioned dataset with splits, quality columns, lineage and a card."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.frozen import frozen
from stagewright.stages.framing import TASK_ONLY, Framing, Task
from stagewright.stages.known import Columns, Declared, StageFacts

if TYPE_CHECKING:
    import numpy as np

SPLITS = ("train", "validation", "test")


@frozen
class Inputs:
    """What the data stage looks at."""

    framing: Framing
    context: Context


@frozen
class Dataset:
    """A handle on one dataset version. The folder `path` holds:

    `splits/<split>/`   Arrow, opened with `datasets.load_from_disk`; columns `id`, `input`, `target`, `group`
    `quality.parquet`   one row per kept sample: `id`, `split`, `group`, tags, one column per quality value
    `quality.json`      per quality column: direction, range, what is suspicious, unit, doc
    `quarantine.json`   refused items: `[{id, reason, detail}]`
    `issues.json`       duplicates, leakage, outliers, curation: what was found and what was done
    `card.json`         licence, source, counts, personal data, quality histograms
    `lineage.json`      every pass in order, with counts in and out

    One of texts has the text as `text` and its translation as `target`, and besides:

    `tokenizer.json`    sub-words, learned on the train split only

    A tabular one has one Arrow column per feature in place of `input`, and `time` (ISO 8601, UTC) where its rows have
    one. It holds besides:

    `columns.json`      per feature: `kind` (`number` or `category`), unit, doc
    `live/`             where it is cut by time: rows after the cut-off in the order of time, with `label_time`: when
                        the target was known
    `features/`         the feature store behind the features (`stagewright_plugins.features`)

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


@frozen
class SourceInputs:
    """What a source is handed."""

    task: Task
    context: Context


@frozen
class Sample:
    """One decoded item, before cleaning.

    Attributes:
        input: image as (H, W) or (H, W, C), uint8, or float32 in [0, 1]; or a text.
        target: mask as (H, W) integers, or None where the source has none; of a text, its translation.
        group: samples of one group must not be split (patient, scanner).
        time: ISO 8601 timestamp, for splits by time.
        tags: plain facts to slice by.
        split: where it must go; empty: the splitter decides.
    """

    input: np.ndarray | str
    target: np.ndarray | str | None
    group: str = ""
    time: str = ""
    tags: Mapping[str, str | int | float] = field(default_factory=dict)
    split: str = ""


@frozen
class Card:
    """What the source declares about its data; kept in the dataset's card."""

    title: str
    licence: str
    origin: str
    personal_data: Literal["none", "pseudonymised", "personal", "unknown"] = "unknown"
    description: str = ""
    citation: str = ""


@frozen
class Source:
    """Where samples come from. `read` may raise: the item is then quarantined with the reason."""

    ids: Sequence[str]
    read: Callable[[str], Sample]
    card: Card
    modality: str
    group: str = ""


@frozen
class SourceFacts:
    """What a source of samples or of a table declares.

    Attributes:
        declares: bound settings → what its card and columns will be, known without reading anything.
        contradictions: bound settings → what is wrong between them, `(path below the source, what)`.
    """

    declares: Callable[[Mapping[str, Any]], Declared | None] | None = None
    contradictions: Callable[[Mapping[str, Any]], Sequence[tuple[tuple[str | int, ...], str]]] | None = None


source: Contract[SourceInputs, Source] = Contract(
    "data.source", takes=SourceInputs, gives=Source, facts=SourceFacts
)
SourceChoice = Annotated[Component[SourceInputs, Source], source]


# ---- data.table ------------------------------------------------------------------------------------


@frozen
class Column:
    """One column of a table that a model may see.

    Attributes:
        kind: a `number` (NaN where missing) or a `category` (text, empty where missing).
        low, high: what a number must lie between; None means unbounded.
        required: a row without a value is unusable.
    """

    kind: Literal["number", "category"]
    doc: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    required: bool = False


@frozen
class Table:
    """What a source of a table gives: one row per thing to predict, and what is known when.

    Attributes:
        rows: pandas DataFrame with all columns named below; times are naive UTC.
        columns: what is known of a row at its `time`, or before its outcome: nothing else can be a feature as it is.
        id: column that names the row.
        time: column with the moment of the prediction; empty where rows have none.
        known: column with the moment from which on the row's outcome is known; empty where rows have no time.
        target: column with the class, by name; missing where it never came to an outcome.
        group: column of what must not be split, and is resampled as a whole (a day); or empty.
        outcomes: columns known only from `known` on; other rows may learn from them after that.
        others: further tables by name, for feature views.
        zone: time zone of the days that the data is cut at.
    """

    rows: Any
    columns: Mapping[str, Column]
    card: Card
    id: str
    time: str
    known: str
    target: str
    group: str = ""
    outcomes: tuple[str, ...] = ()
    others: Mapping[str, Any] = field(default_factory=dict)
    zone: str = "UTC"


table: Contract[SourceInputs, Table] = Contract(
    "data.table", takes=SourceInputs, gives=Table, facts=SourceFacts
)
TableChoice = Annotated[Component[SourceInputs, Table], table]


# ---- data.features ---------------------------------------------------------------------------------


@frozen
class FeatureView:
    """Values of features over time, in Feast's words.

    Attributes:
        name: of the view.
        entities: columns that say whose values they are (`tailnum`).
        rows: pandas DataFrame: the entities, `event_timestamp` (naive UTC: from when on the values are known), one
            column per feature.
        columns: the features.
        ttl: values older than that are not used; None: values never expire.
    """

    name: str
    entities: tuple[str, ...]
    rows: Any
    columns: Mapping[str, Column]
    ttl: datetime.timedelta | None = None
    doc: str = ""


@frozen
class FeaturesFacts:
    """What a feature view declares.

    Attributes:
        gives: bound settings → names of its columns; without it, all that begin with the view's name may be.
    """

    gives: Callable[[Mapping[str, Any]], Sequence[str]] | None = None


features: Contract[Table, FeatureView] = Contract(
    "data.features", takes=Table, gives=FeatureView, facts=FeaturesFacts
)
FeaturesChoice = Annotated[Component[Table, FeatureView], features]


# ---- data.quality ----------------------------------------------------------------------------------


@frozen
class QualityFacts:
    """What a quality metric declares: how to read its numbers.

    Attributes:
        suspicious: which end deserves a look: `low`, `high`, `both`, or `none`.
        low, high: the range the value can take; None means unbounded.
        level: `image` (needs no target), `target`, or `pair` (of a text and its translation).
        names: of its numbers where it gives several: `classes` (one per class), `foreground` (one per class but the
            first), or the names themselves; empty where it gives one number, or nobody can say.
    """

    suspicious: Literal["low", "high", "both", "none"] = "both"
    low: float | None = None
    high: float | None = None
    unit: str = ""
    level: Literal["image", "target", "pair"] = "image"
    names: Literal["classes", "foreground"] | tuple[str, ...] = ()


# Takes one decoded view (`stagewright_plugins.imaging.view.ImageView` for images: every derived picture is
# computed once and shared by all metrics); gives a number, or numbers by sub-name (`area.grey`).
quality: Contract[Any, float | Mapping[str, float]] = Contract(
    "data.quality", takes=object, gives=Any, facts=QualityFacts
)
QualityChoice = Annotated[Component[Any, float | Mapping[str, float]], quality]


# ---- data.duplicates -------------------------------------------------------------------------------


@frozen
class DuplicatesInputs:
    """One working-size grey picture per sample, (N, H, W) uint8, in the order of `ids`."""

    ids: Sequence[str]
    pictures: np.ndarray


@frozen
class Duplicates:
    """Pairs of near copies, `(first id, second id, distance)`; distance 0 means the same hash."""

    pairs: Sequence[tuple[str, str, float]]


duplicates: Contract[DuplicatesInputs, Duplicates] = Contract(
    "data.duplicates", takes=DuplicatesInputs, gives=Duplicates
)
DuplicatesChoice = Annotated[Component[DuplicatesInputs, Duplicates], duplicates]


# ---- data.split ------------------------------------------------------------------------------------


@frozen
class SplitInputs:
    """What a splitter is handed: one row per kept sample, with all tags and quality columns.

    `rows` is a pandas DataFrame with at least `id`, `group`, `time`; `seed` makes it repeatable. What is told to `say`
    stands in the dataset's lineage.
    """

    rows: Any
    seed: int
    say: Callable[[str], None] = lambda _: None


# Gives one split name per row, in order.
split: Contract[SplitInputs, Sequence[str]] = Contract("data.split", takes=SplitInputs, gives=Sequence)
SplitChoice = Annotated[Component[SplitInputs, Sequence[str]], split]


@frozen
class DataFacts(StageFacts):
    """What a data stage declares.

    Attributes:
        columns: bound settings, task → columns by which its samples can be told apart; None where only the data knows.
        declared: bound settings → what its source declares.
    """

    columns: Callable[[Mapping[str, Any], Task], Columns | None] | None = None
    declared: Callable[[Mapping[str, Any]], Declared | None] | None = None


stage: Contract[Inputs, Dataset] = Contract(
    "data", takes=Inputs, gives=Dataset, facts=DataFacts, sees=TASK_ONLY
)
