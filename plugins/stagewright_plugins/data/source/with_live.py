"""A source, and what its model was asked in service since, where somebody drew the mask."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from stagewright.contract import LiveMasks
from stagewright.errors import StagewrightError
from stagewright.live import event_log
from stagewright.stages import data
from stagewright.stages.data import Card, Sample, Source, SourceInputs
from stagewright.stages.known import Declared

PREFIX = "live/"
GROUP = "live"
# From harmless to what asks for most care; what is not known may be personal.
CARE = ("none", "pseudonymised", "unknown", "personal")


def _declared(settings: Mapping[str, Any]) -> Declared | None:
    """Of the source it wraps; live pictures may ask for more care, but only where there are any."""
    source = settings["source"]
    find = getattr(source.facts, "declares", None)
    return find(source.settings) if find else None


@data.source(declares=_declared)
def with_live(
    inputs: SourceInputs,
    /,
    *,
    source: Annotated[data.SourceChoice, Field(description="the recipe's own source, unchanged")],
    name: Annotated[
        str,
        LiveMasks(),
        Field(
            pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]*)?$",
            description="whose live log; empty: the recipe's own. New masks in it change the fingerprint",
        ),
    ] = "",
    since: Annotated[
        datetime.date | None, Field(description="first day of requests to learn from, in UTC")
    ] = None,
    until: Annotated[
        datetime.date | None, Field(description="day (UTC) from which on requests are left out")
    ] = None,
    most: Annotated[int | None, Field(ge=1, description="newest requests only, so many")] = None,
    personal_data: Annotated[
        Literal["none", "pseudonymised", "personal", "unknown"],
        Field(description="whether people can be recognised in live pictures, for the card"),
    ] = "unknown",
) -> Source:
    """The source's samples, then `live/<request id>` for every request with a kept picture and a mask.

    Live samples always go to train, as one group `live`; the others keep their splits.

    Raises:
        StagewrightError: the wrapped source gives something else than images, or ids that begin with `live/`.
        StoreError: the live log is damaged.
    """
    from ._labelled import labelled, mask, picture

    own = source(inputs)
    if own.modality != "image":
        raise StagewrightError(
            f"data.source: 'with_live' adds pictures, {source.type!r} gives {own.modality}"
        )
    if taken := next((id for id in own.ids if id.startswith(PREFIX)), None):
        raise StagewrightError(
            f"data.source: {source.type!r} has the id {taken!r}; {PREFIX!r} is for live requests"
        )
    folder = event_log.folder(inputs.context.home, name or inputs.context.name)
    first, end = (day.isoformat() if day else "" for day in (since, until))
    live = {PREFIX + item.id: item for item in labelled(folder, first, end, most)}

    def read(id: str) -> Sample:
        if id not in live:
            return own.read(id)
        item = live[id]
        return Sample(picture(item.picture), mask(item.mask), GROUP, item.time, split="train")

    card = _card(own.card, len(live), folder.name, personal_data) if live else own.card
    return Source([*own.ids, *live], read, card, own.modality, own.group)


def _card(card: Card, count: int, name: str, personal_data: str) -> Card:
    """The source's card, and what came in service; the more careful word on personal data holds for both."""
    told = f"{card.description} {count} labelled live pictures of {name}, in train only.".strip()
    return replace(
        card, description=told, personal_data=max(card.personal_data, personal_data, key=CARE.index)
    )
