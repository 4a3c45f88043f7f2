"""What the recipe says about the event log: `monitor.log`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LogSettings(BaseModel):
    """Read by `stagewright serve`, which writes the log.

    Attributes:
        drop: names of inputs, outputs, and of the event's `unit`, `text`, `error` that are never written.
        hash: names of those that are replaced by a keyed hash, so that equal values can still be joined.
        payload_rate: share of requests whose payload is kept.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    drop: tuple[str, ...] = ()
    hash: tuple[str, ...] = ()
    payload_rate: float = Field(default=0.1, ge=0, le=1)
