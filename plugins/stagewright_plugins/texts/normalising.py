"""One spelling for texts that read the same, and the key of texts that say the same."""

from __future__ import annotations

import re
import unicodedata

from . import placeholders

_WORD = re.compile(r"\w+")


def normalised(text: str) -> str:
    """NFC, every run of white space (no-break spaces and line ends too) as one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def words(text: str) -> list[str]:
    """Runs of letters, digits and `_`, in lower case, without placeholders."""
    return _WORD.findall(placeholders.PATTERN.sub(" ", text).casefold())


def key(text: str) -> str:
    """Texts with the same key say the same: their words without case, punctuation and placeholders.

    A text without any word is its own key.
    """
    return " ".join(words(text)) or text
