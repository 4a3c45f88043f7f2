"""What is known of a recipe before any work: what a stage's settings are held against beside their own schema.

A plugin says on its mark what it will give (columns, a licence) and what its settings need; `check` brings the two
together. Nothing here is looked up by a plugin's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagewright.contract import Component
from stagewright.errors import Severity
from stagewright.frozen import frozen
from stagewright.nearest import suggestion
from stagewright.stages.framing import Task

KeyPath = tuple[str | int, ...]
Settings = Mapping[str, Any]


@frozen
class Columns:
    """Columns that a dataset will have.

    Attributes:
        names: for certain.
        prefixes: what begins a name whose rest is not known: `colours` stands for `colours` and `colours.red`.
    """

    names: tuple[str, ...]
    prefixes: tuple[str, ...] = ()

    def wrong(self, name: str) -> str:
        """What is wrong with a name; empty where it may be a column."""
        if name in self.names or any(name.split(".", maxsplit=1)[0] == prefix for prefix in self.prefixes):
            return ""
        return f"the data will have no column {name!r}, {suggestion(name, [*self.names, *self.prefixes], 'column')}"


@frozen
class Declared:
    """What a source says of its data before it is read.

    Attributes:
        licence, personal_data: as its card will have them.
        columns: tags of a source of samples, columns of a table; None where only the data knows.
        group: name of its groups; empty where it names none.
        timed: whether the data is cut by time: what lives through time needs that.
    """

    licence: str
    personal_data: str
    columns: tuple[str, ...] | None = None
    group: str = ""
    timed: bool = True


@frozen
class Known:
    """What the sections before say; a stage's `misfits` is handed this.

    Attributes:
        metrics: every value that the listed metrics give.
        columns: of the dataset; None where only the data knows.
        declared: by the data's source; None where it declares nothing.
        swept: keys that a sweep varies, as the recipe writes them.
        project, home: the project's folder, and the one of its store; None where there is no project.
        resolve: a component by its kind and spec, as `Context.resolve`; None where nobody can.
    """

    task: Task
    metrics: tuple[str, ...]
    columns: Columns | None = None
    declared: Declared | None = None
    swept: tuple[str, ...] = ()
    project: Path | None = None
    home: Path | None = None
    resolve: Callable[[str, Mapping[str, Any]], Component[Any, Any]] | None = None


@frozen
class Misfit:
    """Something that a stage's settings ask for and the rest of the recipe does not give."""

    path: KeyPath
    message: str
    severity: Severity = "error"


@frozen
class StageFacts:
    """What a stage declares.

    Attributes:
        contradictions: bound settings → what is wrong between them, `(path below the section, what)`.
        misfits: bound settings, what is known → what is wrong between the two, by path from the recipe's top.
        fits: tasks that it works for; empty where it works for any.
    """

    contradictions: Callable[[Settings], Sequence[tuple[KeyPath, str]]] | None = None
    misfits: Callable[[Settings, Known], Iterable[Misfit]] | None = None
    fits: tuple[str, ...] = ()


def unknown_columns(path: KeyPath, names: Sequence[str], known: Known) -> Iterator[Misfit]:
    """Names that are no column of the data, each at its place in a list."""
    for i, name in enumerate(names):
        if known.columns and (wrong := known.columns.wrong(name)):
            yield Misfit((*path, i), wrong)


def unknown_metrics(path: KeyPath, names: Iterable[str], known: Known) -> Iterator[Misfit]:
    """Keys of a mapping that no listed metric gives, each at its place."""
    for name in names:
        if name not in known.metrics:
            said = suggestion(name, known.metrics, "metric value")
            yield Misfit((*path, name), f"no listed metric gives {name!r}, {said}")
