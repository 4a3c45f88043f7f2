"""Items that cannot be used are set aside, each with its reason; too many of them stop the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from stagewright.context import Emit
from stagewright.errors import StagewrightError

from ._refusal import Refusal

NAMED = 10  # items that the error names
TOLD = 50  # items that the event holds
DETAIL = 200  # characters of what is wrong with one


def judge(refused: Sequence[Refusal], total: int, allowed: float, emit: Emit) -> None:
    """Let a run go on that lost few items.

    Raises:
        StagewrightError: more than the share `allowed` was refused, or nothing is left.
    """
    if refused:
        items = [item.to_json() for item in refused[:TOLD]]
        emit("quarantine", count=len(refused), total=total, reasons=reasons(refused), items=items)
    if len(refused) <= allowed * total and len(refused) < total:
        return
    over = f"more than the share {allowed:g} that is allowed" if len(refused) < total else "all are refused"
    counts = "; ".join(
        f"{count} {reason}{_such_as(refused, reason)}" for reason, count in reasons(refused).items()
    )
    named = ", ".join(item.id for item in refused[:NAMED]) + (", ..." if len(refused) > NAMED else "")
    raise StagewrightError(
        f"data.max_quarantined: {len(refused)} of {total} items cannot be used ({counts}), {over}: {named}"
    )


def _such_as(refused: Sequence[Refusal], reason: str) -> str:
    """What is wrong with the first item of a reason."""
    detail = next(item.detail for item in refused if item.reason == reason)
    return f", such as {detail[:DETAIL]}" if detail else ""


def reasons(refused: Sequence[Refusal]) -> dict[str, int]:
    """How many items per reason, most frequent first."""
    return dict(
        sorted(Counter(item.reason for item in refused).items(), key=lambda item: (-item[1], item[0]))
    )
