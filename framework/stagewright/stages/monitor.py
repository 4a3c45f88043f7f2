"""monitor: drift, performance, hardware and user signals of a live package; alerts; retraining."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Package
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import MetricSet
from stagewright.stages.rollout import Decision
from stagewright.stages.verdict import Verdict


@dataclass(frozen=True)
class Retrained:
    """How a retraining run ended: its package, or None and the reason why there is none.

    Attributes:
        run: id of the run.
        metrics: test values of the new model, by key.
    """

    run: str
    message: str
    metrics: Mapping[str, float]
    package: Package | None


# (changes by dotted key, why) → a run of the same recipe with them, through the same gates, up to its package
Retrain = Callable[[Mapping[str, Any], str], Retrained]


@dataclass(frozen=True)
class Inputs:
    """What monitoring looks at: the reference data, the package in service, how its rollout ended.

    `retrain` makes a new package while the stage works; a recipe's monitoring may live through months.
    """

    framing: Framing
    data: Dataset
    metrics: MetricSet
    deploy: Package
    rollout: Decision | None
    context: Context
    retrain: Retrain | None = None


@dataclass(frozen=True)
class Health:
    """The state of a live package over its windows; `alerts` names those firing in the last one."""

    path: Path
    alerts: tuple[str, ...] = ()
    retrain: str = ""  # why the model should be trained anew; empty where it need not
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class DetectorInputs:
    """What a detector is handed: two tables of the same columns (pandas DataFrames), reference and window.

    Attributes:
        alpha: error probability for this window over all columns together.
        seed: makes resampling repeatable.
    """

    reference: Any
    window: Any
    alpha: float
    seed: int


@dataclass(frozen=True)
class Finding:
    """One detector's word on one column (or on all together, `column` is `*`).

    Attributes:
        statistic, p_value: of the test; the p-value is not corrected yet.
        effect: size of the shift in the detector's own unit; drift needs both significance and size.
        drifted: after correction across columns, and above the effect floor.
    """

    detector: str
    column: str
    statistic: float
    p_value: float | None
    effect: float
    floor: float
    drifted: bool


stage: Contract[Inputs, Health] = Contract("monitor", takes=Inputs, gives=Health)
detector: Contract[DetectorInputs, Sequence[Finding]] = Contract(
    "monitor.detector", takes=DetectorInputs, gives=Sequence
)


@dataclass(frozen=True)
class EstimatorInputs:
    """Performance without labels: a labelled reference and an unlabelled window (pandas DataFrames)."""

    reference: Any
    window: Any
    seed: int


@dataclass(frozen=True)
class Estimate:
    """An estimated metric of a window with its band, and the band's coverage on held-out reference windows."""

    metric: str
    value: float
    low: float
    high: float
    coverage: float | None = None


estimator: Contract[EstimatorInputs, Sequence[Estimate]] = Contract(
    "monitor.estimator", takes=EstimatorInputs, gives=Sequence
)


@dataclass(frozen=True)
class Notice:
    """One alert on its way to people."""

    title: str
    text: str
    severity: str
    labels: Mapping[str, str]


# Delivers a notice; raises where it cannot.
Deliver = Callable[[Notice], None]
notify: Contract[Context, Deliver] = Contract("monitor.notify", takes=Context)

DetectorChoice = Annotated[Component[DetectorInputs, Sequence[Finding]], detector]
EstimatorChoice = Annotated[Component[EstimatorInputs, Sequence[Estimate]], estimator]
NotifyChoice = Annotated[Component[Context, Deliver], notify]
