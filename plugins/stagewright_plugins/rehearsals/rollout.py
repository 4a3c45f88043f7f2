"""rollout: a verdict with a reason, and the journal it follows from."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import staged


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """The challenger is the model; nobody was promoted before."""
    decision = staged(plugin, bench)
    assert decision.verdict in ("promoted", "rolled_back", "inconclusive"), (
        f"a verdict of {decision.verdict!r}"
    )
    assert decision.reason, "it gives no reason"
    assert (decision.path / "journal.jsonl").is_file(), "journal.jsonl was not written"
    return decision.verdict
