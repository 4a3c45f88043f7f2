"""The event log of a replay: one file in the order of arrival, under the replay's own clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from stagewright_plugins.serving.arms import SHADOW

from .clock import VirtualClock

MOST_BYTES = 64_000_000  # of payloads


class ReplayLog:
    """Takes the place of the live event log behind a gateway.

    Attributes:
        answered: users' requests in it.
    """

    def __init__(self, path: Path, clock: VirtualClock) -> None:
        self._file = path.open("wb")
        self._folder, self._kept = path.parent, 0
        self._clock, self.answered = clock, 0

    def write(self, event: Mapping[str, Any]) -> None:
        """Append one event."""
        self.answered += event["kind"] == "request" and event["arm"] != SHADOW
        told = {"t": self._clock.stamp(), **event}
        self._file.write(to_json(told, inf_nan_mode="null", fallback=_plain) + b"\n")

    def keeps_payload(self, _request_id: str) -> bool:
        """Always, until there are too many bytes: monitoring looks at pictures."""
        return self._kept < MOST_BYTES

    def payload(
        self, _request_id: str, arrays: Mapping[str, Any], encode: Callable[[Mapping[str, Any]], bytes]
    ) -> dict[str, str]:
        """Keep a payload by its content, so that a sample that is asked for again costs nothing."""
        digest = blake2b(digest_size=16)
        for name, array in arrays.items():
            digest.update(f"{name} {array.shape} {array.dtype} ".encode())
            digest.update(array.tobytes())
        path = self._folder / "payload" / f"{digest.hexdigest()}.npz"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            self._kept += path.write_bytes(encode(arrays))
        return {"ref": f"payload/{path.name}"}

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _plain(value: Any) -> Any:
    """Numbers of numpy, and summaries that the gateway leaves to the log."""
    return value.item() if hasattr(value, "item") else str(value)
