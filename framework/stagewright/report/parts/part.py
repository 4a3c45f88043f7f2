"""One part of the page, and the small things that several parts show: chips, verdict signs."""

from __future__ import annotations

from stagewright.frozen import frozen
from stagewright.report.markup import Html, element

# status → (tone, sign)
_SIGNS = {
    "good": ("succeeded", "met", "chosen", "ran", "passed", "reached", "promoted"),
    "bad": ("failed", "missed", "gate_failed", "budget_exceeded", "killed", "rolled_back", "unfinished"),
    "warning": ("interrupted", "review_pending", "met late", "running", "inconclusive"),
}


@frozen
class Part:
    """A section of the page.

    Attributes:
        title: its heading, and its name in the contents.
        body: what stands below the heading.
        anchor: fragment identifier, unique on the page.
        kicker: a few words above the heading.
        tone: `good`, `bad`, `warning` or empty: a dot in the contents.
        step: whether it belongs to a step: such parts are set in under one heading of the contents.
    """

    title: str
    body: Html
    anchor: str
    kicker: str = ""
    tone: str = ""
    step: bool = False


def tone(status: str) -> str:
    """Which colour a status has: good, bad, warning, or none."""
    return next((name for name, words in _SIGNS.items() if status in words), "")


def chip(status: str, said: str = "") -> Html:
    """A status in a word, with its sign: never by colour alone."""
    colour = tone(status)
    return element(
        "span",
        sign(colour),
        element("span", said or status.replace("_", " ")),
        class_=f"chip {colour}".strip(),
    )


def sign(tone: str) -> Html | None:
    """A tick, a cross, an exclamation mark."""
    path = {
        "good": "M3.5 8.5l3 3 6-7",
        "bad": "M4 4l8 8M12 4l-8 8",
        "warning": "M8 3v6.5M8 12.2v.6",
    }.get(tone)
    if path is None:
        return None
    return element(
        "svg",
        element("path", d=path),
        class_="sign",
        viewBox="0 0 16 16",
        width="14",
        height="14",
        aria_hidden="true",
    )
