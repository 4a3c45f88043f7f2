"""What must hold before anybody gets the package: licence, personal data, fairness, a complete card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stagewright.stages.verdict import Verdict

if TYPE_CHECKING:
    from ._measured import Group, Measured
    from ._stage import Settings
    from .local import Fairness

UNDECLARED = ("", "unknown")
REQUIRED = ("intended_use", "limitations", "licence", "owner")


def verdicts(card: Mapping[str, Any], found: Measured, settings: Settings) -> list[Verdict]:
    """One verdict per gate; fairness only where the recipe declares groups."""
    data = card["data"]
    gates = [
        licence(data["licence"], settings.licences),
        personal(data["personal_data"], settings.personal_data),
    ]
    if settings.fairness is not None:
        gates += fairness(found, settings.fairness)
    return [*gates, complete(card)]


def licence(declared: str, allowed: Sequence[str] | None) -> Verdict:
    """The source must declare a licence; where the recipe lists licences, one of them.

    What counts is the whole text, or its heading up to the first colon, so that a long notice has a short name.
    """
    heading = declared.split(":", 1)[0].strip()
    shown = heading if len(heading) <= 60 else f"{heading[:57]}..."
    if declared.strip().casefold() in UNDECLARED:
        said = "the data source declares no licence; set it where the source is configured"
        return Verdict("licence", "the data's licence is declared", False, said)
    if allowed is None:
        return Verdict("licence", "the data's licence is declared", True, shown)
    known = {item.casefold() for item in allowed}
    passed = bool({declared.strip().casefold(), heading.casefold()} & known)
    said = shown if passed else f"{shown!r} is not among the allowed"
    return Verdict("licence", f"the data's licence is one of {', '.join(allowed)}", passed, said)


def personal(declared: str, permitted: Sequence[str]) -> Verdict:
    """The source must say what personal data it holds, and that must be permitted."""
    passed = declared in permitted
    said = f"the source declares {declared!r}"
    if declared == "unknown" and not passed:
        said += "; say what it holds where the source is configured (`personal_data`)"
    return Verdict("personal data", f"personal data is {' or '.join(permitted)}", passed, said)


def fairness(found: Measured, settings: Fairness) -> list[Verdict]:
    """Per declared tag: the headline metric of the best and the worst group must not lie too far apart."""
    return [_gap(tag, found, settings) for tag in settings.groups]


def complete(card: Mapping[str, Any]) -> Verdict:
    """A card without use, limits, licence or owner is no card."""
    missing = [name for name in REQUIRED if not str(card[name]).strip()]
    said = (
        f"missing: {', '.join(f'deploy.card.{name}' for name in missing)}"
        if missing
        else "nothing is missing"
    )
    return Verdict("card", "the model card is complete", not missing, said)


def _gap(tag: str, found: Measured, settings: Fairness) -> Verdict:
    asked = f"{found.key} of groups of {tag} within {settings.max_gap:g}"
    judged = [
        (group.score.value, group)
        for group in found.groups
        if group.tag == tag and group.score is not None and group.samples >= settings.minimum
    ]
    if len(judged) < 2:
        said = (
            f"{len(judged)} group(s) with {settings.minimum} test samples or more; two are needed to compare"
        )
        return Verdict("fairness", asked, False, said)
    (low, one), (high, other) = (choice(judged, key=lambda item: item[0]) for choice in (min, max))
    said = f"from {_named(low, one)} to {_named(high, other)}, a gap of {high - low:.3g}"
    small = sum(group.tag == tag and group.samples < settings.minimum for group in found.groups)
    said += f"; {small} smaller group(s) not judged" if small else ""
    return Verdict("fairness", asked, high - low <= settings.max_gap, said, high - low)


def _named(value: float, group: Group) -> str:
    return f"{value:.3g} ({group.value}, {group.samples} samples)"
