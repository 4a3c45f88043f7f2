"""Rows of plain text with their columns under one another, for terminals and notebooks."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lines of equal columns, two blanks apart; nothing at the end of a line."""
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
