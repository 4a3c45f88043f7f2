"""Cells of text as numbers: one reading for training and for predictions."""

from __future__ import annotations

import re

# What tools write where a number is missing (pandas, R, Excel, SQL), in any case.
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-"})
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d)")


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number."""
    return cell.strip().lower() in MISSING


def read_number(cell: str) -> float | None:
    """A cell's number; None where it is missing. Raises ValueError where it is none, as pandas has it in training."""
    if is_missing(cell):
        return None
    if "_" in cell or not cell.isascii():
        raise ValueError(f"{cell!r} is a number to Python only")
    return float(cell)


def wrong(cell: str) -> str:
    """What is said of a cell that is no number."""
    said = f"{cell[:80]!r}, which is no number"
    if DATE.match(cell.strip()):
        return f"{said}; make dates one first, such as days since another"
    pointed = cell.strip().replace(",", ".")
    try:
        read_number(pointed)
    except ValueError:
        return said
    return f"{said}; write {pointed}"
