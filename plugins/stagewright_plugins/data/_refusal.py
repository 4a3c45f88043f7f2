"""Why a sample cannot be used."""

from __future__ import annotations

from dataclasses import asdict, dataclass


class Refused(Exception):
    """Raised where a sample fails a check: `reason` is one of few words, `detail` says what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}")


@dataclass(frozen=True)
class Refusal:
    """One item in quarantine."""

    id: str
    reason: str
    detail: str

    def to_json(self) -> dict[str, str]:
        """As it stands in `quarantine.json`."""
        return asdict(self)
