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
