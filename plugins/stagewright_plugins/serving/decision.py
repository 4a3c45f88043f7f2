"""A decision of the rollout's controller as an event of the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_event(decision: Mapping[str, Any]) -> dict[str, Any]:
    """The event; what kind of step a decision `step` begins is in `begins`, since `kind` is the event's own."""
    begins = {"begins": decision["kind"]} if "kind" in decision else {}
    return {**decision, **begins, "kind": "decision"}
