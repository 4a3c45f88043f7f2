"""What is wrong with a translation, by kind, without asking anybody."""

from __future__ import annotations

import re

from . import placeholders
from .normalising import words

KINDS = {
    "missing_placeholder": "a placeholder, tag or accelerator of the source is not in the translation",
    "invented_placeholder": "the translation has one that the source does not have",
    "untranslated": "the translation is the source, and should not be",
    "repeated": "a word, several or a sign three times in a row, or letters four times, and more",
    "empty": "nothing was said",
    "too_short": "less than half as long as the reference",
    "too_long": "more than twice as long as the reference",
}
_AGAIN = re.compile(r"\b(\w+(?:\W+\w+){0,3}?)(?:\W+\1\b){2,}", re.IGNORECASE)
_SIGNS = re.compile(r"(?<!\S)(\S+)(?:\s+\1(?!\S)){2,}")  # « « «
_LETTERS = re.compile(r"([^\W\d]{1,4}?)\1{3,}", re.IGNORECASE)  # auauauau
FEW = 8  # characters of a reference below which lengths say nothing


def mistakes(source: str, said: str, reference: str) -> list[str]:
    """The kinds that a translation shows, none where it is the reference."""
    if said == reference:
        return []
    invented = placeholders.missing(said, reference) if placeholders.mismatched(source, said) else 0
    long = len(reference) >= FEW
    found = {
        "missing_placeholder": placeholders.missing(source, said) > placeholders.missing(source, reference),
        "invented_placeholder": invented > 0,
        "untranslated": bool(words(source)) and said.casefold() == source.casefold(),
        "repeated": _repeats(said) and not _repeats(reference),
        "empty": not said,
        "too_short": bool(said) and long and 2 * len(said) < len(reference),
        "too_long": long and len(said) > 2 * len(reference),
    }
    return [kind for kind in KINDS if found[kind]]


def _repeats(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_AGAIN, _SIGNS, _LETTERS))
