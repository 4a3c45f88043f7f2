"""monitor: drift, performance, hardware and user signals of a live package; alerts; retraining."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.frozen import frozen
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Engine, Package
from stagewright.stages.framing import Framing
from stagewright.stages.known import StageFacts
from stagewright.stages.manifests import Exported, ExportInputs
from stagewright.stages.metrics import MetricSet
from stagewright.stages.rollout import Decision
from stagewright.stages.scores import Scores
from stagewright.stages.verdict import Verdict

if TYPE_CHECKING:
    import numpy as np


@frozen
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


@frozen
class Inputs:
    """What monitoring looks at: the reference data, the package in service, how its rollout ended.

    `retrain` makes a new package while the stage works; a recipe's monitoring may live through months.
    `baseline` is what works without ML, where the recipe has one and the stage runs within it.
    `live`: `stagewright monitor` asks, about requests that users sent; a stage that makes requests up sends none.
    """

    framing: Framing
    data: Dataset
    metrics: MetricSet
    deploy: Package
    rollout: Decision | None
    context: Context
    retrain: Retrain | None = None
    baseline: Scores | None = None
    live: bool = False


@frozen
class Health:
    """The state of a live package over its windows. The folder `path` holds:

    `windows.json`   per window: `key`, `start`, `end`, `complete`, `values` by name, `findings`, `estimates`
    `alerts.json`    every change of an alert: `alert`, `before`, `now`, `window`, `at`, `values`
    `anomalies.json` the strangest requests: `id`, `window`, `score`, why
    `metrics.prom`   values of the last whole window, in Prometheus's text format

    Attributes:
        alerts: names of those that fire after the last window.
    """

    path: Path
    alerts: tuple[str, ...] = ()
    retrain: str = ""  # why the model should be trained anew; empty where it need not
    verdicts: tuple[Verdict, ...] = ()


@frozen
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


@frozen
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


stage: Contract[Inputs, Health] = Contract(
    "monitor",
    takes=Inputs,
    gives=Health,
    facts=StageFacts,
    uses=("deploy.backend", "rollout.test"),
    sees={"framing": ("task", "approaches")},
)
detector: Contract[DetectorInputs, Sequence[Finding]] = Contract(
    "monitor.detector", takes=DetectorInputs, gives=Sequence
)


@frozen
class EstimatorInputs:
    """Performance without labels: a labelled reference and an unlabelled window (pandas DataFrames)."""

    reference: Any
    window: Any
    seed: int


@frozen
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


@frozen
class Notice:
    """One alert on its way to people."""

    title: str
    text: str
    severity: str
    labels: Mapping[str, str]


@frozen
class NotifyFacts:
    """What a way to notify declares: whether it reaches people, who are not to hear of replayed traffic."""

    reaches_people: bool = False


# Delivers a notice; raises where it cannot.
Deliver = Callable[[Notice], None]
notify: Contract[Context, Deliver] = Contract("monitor.notify", takes=Context, facts=NotifyFacts)


@frozen
class ExplainInputs:
    """What an explainer is handed: a package at work, and one request whose payload was kept.

    Attributes:
        engine: runs the package.
        arrays: the request's inputs by name, a batch of one.
        reference: what inputs usually are (pandas DataFrame, columns as in `reference.json`).
        folder: where pictures go.
    """

    engine: Engine
    signature: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    reference: Any
    folder: Path
    seed: int


@frozen
class Explained:
    """Why a request was answered as it was.

    Attributes:
        method: what was done, in words.
        explains: which number is explained, in words, and its value.
        parts: contribution per input column, the largest first; of a picture, none.
        picture: file in `folder` with what mattered drawn over the input; empty without a picture.
    """

    method: str
    explains: str
    value: float
    parts: Mapping[str, float]
    picture: str = ""


explainer: Contract[ExplainInputs, Explained] = Contract(
    "monitor.explainer", takes=ExplainInputs, gives=Explained
)

# Writes the section in the words of another system: Prometheus rules, an Alertmanager configuration, CronJobs.
exporter: Contract[ExportInputs, Exported] = Contract("monitor.exporter", takes=ExportInputs, gives=Exported)

DetectorChoice = Annotated[Component[DetectorInputs, Sequence[Finding]], detector]
EstimatorChoice = Annotated[Component[EstimatorInputs, Sequence[Estimate]], estimator]
NotifyChoice = Annotated[Component[Context, Deliver], notify]
ExplainerChoice = Annotated[Component[ExplainInputs, Explained], explainer]
