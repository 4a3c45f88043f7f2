"""Names that other systems accept."""

from __future__ import annotations

import re


def label(name: str) -> str:
    """A recipe's name as a DNS label (RFC 1035): lower case, digits, `-`, at most 63 characters, a letter first."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return (plain if plain[:1].isalpha() else f"m-{plain}")[:63].rstrip("-")
