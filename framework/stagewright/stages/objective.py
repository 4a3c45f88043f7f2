"""objective: what the business wants, how it is measured, and what already works without ML."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from stagewright.context import Context
from stagewright.contract import Contract
from stagewright.frozen import frozen

Direction = Literal["minimize", "maximize"]


class Kpi(BaseModel):
    """A business figure: where it stands, where it should be, and how it follows from the metrics."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str
    unit: str = ""
    baseline: float = Field(allow_inf_nan=False, description="the figure today, before any model")
    target: float = Field(allow_inf_nan=False, description="the figure that makes the project a success")
    direction: Direction
    estimate: str = Field(description="expression over metric names that gives this figure")


class Stakeholder(BaseModel):
    """Somebody with a say; `approves` lists the steps that wait for their review."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    role: str
    name: str = ""
    contact: str = ""
    approves: tuple[str, ...] = ()


@frozen
class Inputs:
    """The first step: nothing comes before it."""

    context: Context


@frozen
class Goal:
    """The objective as every later stage reads it."""

    problem: str
    owner: str
    kpis: tuple[Kpi, ...]
    stakeholders: tuple[Stakeholder, ...] = ()


stage: Contract[Inputs, Goal] = Contract("objective", takes=Inputs, gives=Goal)
