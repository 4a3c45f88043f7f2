"""How a rollout ended, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def why(state: Mapping[str, Any], decisions: Sequence[Mapping[str, Any]]) -> str:
    """The reason of the end, with the numbers of the guard that caused it."""
    name = decisions[-1].get("guard") if decisions else None
    guard = next((item for item in state["guards"] if item["guard"] == name), None)
    return f"{state['reason']}, {_found(guard)}" if guard else str(state["reason"])


def undecided(state: Mapping[str, Any], ended: str) -> str:
    """Why a rollout came to no verdict before `ended` ("the replay's 600 requests") were over."""
    held = f" ({state['reason']})" if state["reason"] else ""
    if state["step"] < state["steps"]:
        return f"{ended} ended in step {state['step'] + 1} of {state['steps']}{held}"
    held = f" ({state['held']})" if state["held"] else ""
    if not state["undecided"]:
        return f"{ended} ended{held}"
    guards = [item for item in state["guards"] if item["guard"] in state["undecided"]]
    found = "; ".join(f"{item['guard']}: {_found(item)}" for item in guards)
    return f"{ended} ended before every guard was decided{held}: {found}"


def _found(guard: Mapping[str, Any]) -> str:
    stable, canary = guard["stable"], guard["canary"]
    arms = f"{guard['metric']} {number(canary['mean'])} over {canary['n']}"
    return f"{arms} against {number(stable['mean'])} over {stable['n']} ({evidence_said(guard['evidence'])})"


def evidence_said(evidence: Mapping[str, Any]) -> str:
    """A guard's evidence in a few words."""
    if "needed" in evidence:
        return f"log evidence {number(evidence['log_e_highest'])}, {number(evidence['needed'])} is enough"
    if evidence.get("low") is not None and "distance" in evidence:
        return _distance(evidence["low"], evidence["high"])
    if "distance" in evidence:
        return "too few values to say anything"
    if "failureLimit" in evidence:
        unclear = f", {evidence['inconclusive']} were inconclusive" if evidence.get("inconclusive") else ""
        return f"{evidence['failed']} windows failed, {evidence['failureLimit']} tolerated{unclear}"
    return f"p {number(evidence['p'])}" if "p" in evidence else ""


def _distance(low: float, high: float | None) -> str:
    """Where an interval lies; above 0 is worse than tolerated."""
    if high is None or low > 0:
        return f"beyond the margin by {number(low)} to {number(high)}"
    if high < 0:
        return f"within the margin by {number(-high)} to {number(-low)}"
    return f"between {number(-low)} within the margin and {number(high)} beyond it"


def number(value: Any) -> str:
    """Four digits; what is no number is `none`."""
    return f"{value:.4g}" if isinstance(value, int | float) else "none"
