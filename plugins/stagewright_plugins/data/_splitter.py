"""What a splitter gives is looked at before it is used: one of the three splits for every row, none of them empty."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.data import SPLITS, SplitInputs


def dealt(
    splitter: Callable[[SplitInputs], Iterable[str]], inputs: SplitInputs, who: str, what: str
) -> list[str]:
    """One split per row, in order; `who` and `what` name the splitter and the rows in messages.

    Raises:
        StagewrightError: there is not one name per row, or a name is none of the three.
    """
    names = list(splitter(inputs))
    if len(names) != len(inputs.rows):
        raise StagewrightError(f"{who} names {len(names)} splits for {len(inputs.rows)} {what}")
    known(names, who)
    return names


def known(names: Iterable[str], who: str) -> None:
    """Raises StagewrightError for a name that is no split's."""
    for name in sorted(set(names) - set(SPLITS), key=str):
        raise StagewrightError(f"{who} gives {name!r}, {suggestion(str(name), SPLITS)}")


def none_empty(names: Collection[str], message: str) -> None:
    """Raises StagewrightError, `message` and the split's name, where a split has no row."""
    for name in SPLITS:
        if name not in names:
            raise StagewrightError(f"{message} {name}; use other shares, another splitter or more data")
