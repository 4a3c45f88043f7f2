"""Gates of a deployment that are lost before any work: declarations that are missing, groups that are no columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.stages.known import Known, Misfit, unknown_columns

from ._gates import REQUIRED, licence, personal


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """What the source declares, held against what the deployment lets through."""
    if settings["fairness"]:
        yield from unknown_columns(("deploy", "fairness", "groups"), settings["fairness"].groups, known)
    lacking = [name for name in REQUIRED if name != "owner" and not getattr(settings["card"], name).strip()]
    for name in lacking:  # the owner is the objective's where the card names none
        yield Misfit(
            ("deploy", "card", name),
            "the card is not complete without it, and no package leaves without a card",
        )
    if known.declared is None:
        return
    for key, verdict in (
        ("licence", licence(known.declared.licence, settings["licences"])),
        ("personal_data", personal(known.declared.personal_data, settings["personal_data"])),
    ):
        if not verdict.passed:
            said = f"{verdict.message}; the deployment asks that {verdict.condition}"
            yield Misfit(("data", "source", key), said)
