"""What cannot become an ensemble, known before a sweep begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.stages.known import Known, Misfit

DATA = ("data", "framing")  # sections whose settings make other data


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Members that were trained on other data; translations, which are no probabilities of classes."""
    del settings
    for key in known.swept:
        if re.split(r"[./]", key, maxsplit=1)[0] in DATA:
            said = (
                "makes other data for each trial, and members of an `ensemble` must share theirs: leave it out, or "
                "drop the ensemble"
            )
            yield Misfit(("sweep", "params", key), said)
    if known.task.languages:
        yield Misfit(("train", "type"), "an `ensemble` combines probabilities of classes, not translations")
