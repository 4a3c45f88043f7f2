"""Decisions in the log of events."""

from __future__ import annotations

from stagewright_plugins.serving.decision import as_event


def test_a_step_does_not_hide_what_the_event_is() -> None:
    step = {"decision": "step", "kind": "pause", "step": 1}
    assert as_event(step) == {"kind": "decision", "begins": "pause", "decision": "step", "step": 1}
    assert step["kind"] == "pause"


def test_other_decisions_begin_nothing() -> None:
    assert as_event({"decision": "promoted"}) == {"kind": "decision", "decision": "promoted"}
