"""Why a sample cannot be used."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Refusal:
    """One item in quarantine."""

    id: str
    reason: str
    detail: str

    def to_json(self) -> dict[str, str]:
        """As it stands in `quarantine.json`."""
        return asdict(self)


def told(error: Exception) -> str:
    """What a source's error says, on one line.

    Of an error of values or files the message alone, which was written for people; of any other (`KeyError: 3`) it
    would say little without its name.
    """
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if not text:
        return type(error).__name__
    return text if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {text}"
