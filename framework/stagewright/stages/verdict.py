"""A step's own verdict on a declared condition; the runner turns each into a gate."""

from __future__ import annotations

from stagewright.frozen import frozen


@frozen
class Verdict:
    """What was asked, whether it holds, and in words by how much.

    Attributes:
        name: family of the gate: `limits`, `fairness`, `licence`, `rollout`.
        condition: what was asked, as the recipe says it.
        value: the measured figure, where it is one.
    """

    name: str
    condition: str
    passed: bool
    message: str
    value: float | None = None
