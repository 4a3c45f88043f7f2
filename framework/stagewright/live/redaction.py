"""Which fields of an event never reach the disk, and which payloads are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from hashlib import blake2b
from typing import Any

from stagewright.frozen import frozen

# Where people's data can stand in an event: by field name inside these, or these themselves.
FIELDS = ("inputs", "outputs", "values")
FREE = ("unit", "text", "error")
SCALE = 1 << 32


@frozen
class Redaction:
    """Fields dropped, and fields replaced by a keyed hash, so that equal values can still be joined.

    Names are those of a request's inputs and outputs, and the event's own `unit`, `text` and `error`.

    Attributes:
        key: secret of the hash: without it, guessing the values (mail addresses, say) does not help.
    """

    drop: frozenset[str] = field(default_factory=frozenset)
    hash: frozenset[str] = field(default_factory=frozenset)
    key: bytes = b""

    def __call__(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The event as it may be written; the same object where nothing is to be hidden."""
        if not (self.drop or self.hash):
            return event
        free = {name: event[name] for name in FREE if name in event}
        inner = {name: self.kept(event[name]) for name in FIELDS if isinstance(event.get(name), Mapping)}
        rest = {name: value for name, value in event.items() if name not in free}
        return {**rest, **self.kept(free), **inner}

    def kept(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values by name, those to drop left out and those to hash replaced."""
        return {
            name: self.hashed(value) if name in self.hash else value
            for name, value in values.items()
            if name not in self.drop
        }

    def hashed(self, value: Any) -> str:
        """128 bits of the keyed hash, in hex."""
        return blake2b(
            str(value).encode("utf-8", "backslashreplace"), key=self.key[:64], digest_size=16
        ).hexdigest()


def sampled(request_id: str, rate: float) -> bool:
    """Whether a request belongs to the sample: decided by its id alone, so every process decides alike."""
    if rate >= 1:
        return True
    bucket = int.from_bytes(
        blake2b(request_id.encode("utf-8", "backslashreplace"), digest_size=4).digest(), "big"
    )
    return bucket < rate * SCALE
