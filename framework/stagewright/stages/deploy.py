"""deploy: a self-contained package (ONNX with pre- and post-processing inside) on one or more targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.frozen import frozen
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Framing
from stagewright.stages.known import StageFacts
from stagewright.stages.metrics import MetricSet
from stagewright.stages.objective import Goal
from stagewright.stages.scores import Scores
from stagewright.stages.train import Model
from stagewright.stages.verdict import Verdict

if TYPE_CHECKING:
    import numpy as np


@frozen
class Inputs:
    """What deployment looks at; `model` is the newest one, compressed or not, `train` the one as trained.

    `evaluate` holds the test scores of the model as trained.
    """

    objective: Goal
    framing: Framing
    data: Dataset
    metrics: MetricSet
    model: Model
    train: Model
    evaluate: Scores
    context: Context


@frozen
class Package:
    """A releasable model. The folder `path` holds, and nothing in it is a pickle:

    `model.onnx`       raw inputs → decisions: what training did to an input is inside
    `signature.json`   `{"name", "version", "platform", "inputs": [{"name", "datatype", "shape"}], "outputs": [...],
                       "task": {...}, "classes": [...], "id": column}` in the words of the Open Inference Protocol
                       V2; `platform` names the `deploy.backend` plugin that runs it (`onnx`, `rule`), `id` the column
                       that names a row of a table
    `card.json`        model card: data, metrics with intervals, slices, limits, licences, intended use
    `card.md`          the same for people
    `reference.json`   sketches of inputs and outputs on validation data: what monitoring compares with
    `parity.json`      largest difference from the trained model on real samples, and how many
    `samples/`         requests with the answers they must get: `[{"request", "expected"}]`
    `targets/<type>/`  what each target wrote (manifests, Dockerfile, edge bundle)
    `manifest.json`    `{"version", "files": {name: sha256}}` over everything else

    Attributes:
        name: the recipe's name: what releases, registry and gateway call the model.
        version: SHA-256 over the hashes of all files but those of targets.
        verdicts: gates before a rollout: parity, licence, personal data, fairness, card.
    """

    path: Path
    name: str
    version: str
    hashes: Mapping[str, str]
    targets: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@frozen
class TargetInputs:
    """What a target is handed: the package to place, a folder of its own to write to, and the settings at hand."""

    package: Path
    name: str
    version: str
    folder: Path
    context: Context


@frozen
class TargetFacts:
    """What a target declares, so that constraints can choose among targets.

    Attributes:
        local: the data stays on the user's own machines.
        cost: relative running cost, 0 for nothing beyond the machine at hand.
        latency_ms: what it adds to a request before the model sees it, at the median.
        memory_mb: what it needs beyond the model in onnxruntime.
        fits: tasks whose packages it takes; empty where it takes any.
    """

    local: bool = True
    cost: float = 0.0
    latency_ms: float = 0.0
    memory_mb: float = 0.0
    fits: tuple[str, ...] = ()


class Engine(Protocol):
    """A loaded package: raw tensors in, decisions out, by the names of its signature; safe to call from threads."""

    def __call__(
        self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Run one batch; only the outputs named."""
        ...


@frozen
class BackendInputs:
    """What a backend is handed: an unpacked package whose hashes were verified, and how many threads it may use."""

    path: Path
    signature: Mapping[str, Any]
    threads: int = 1


@frozen
class ServerInputs:
    """What a server is handed by `stagewright serve`.

    Attributes:
        name: model name that requests use.
        arms: package folder per arm: `stable`, and `canary` where a rollout is under way.
        home: `.stagewright` folder: releases, live events, rollout journals.
        policy: the recipe's `rollout` section as plain values, or None.
        resolve: builds components from specs, as `Context.resolve`.
    """

    name: str
    arms: Mapping[str, Path]
    home: Path
    policy: Mapping[str, Any] | None
    resolve: Any


@frozen
class PredictorInputs:
    """What a predictor is handed by `stagewright predict`.

    Attributes:
        package: folder of a package; the predictor verifies it.
        source: a picture, a folder, or a file of rows to predict.
        out: folder for the predictions; what an interrupted attempt finished there is kept.
        resolve: builds components from specs, as `Context.resolve`.
        say: tells the user one line.
    """

    package: Path
    source: Path
    out: Path
    resolve: Any
    say: Callable[[str], None]


stage: Contract[Inputs, Package] = Contract(
    "deploy",
    takes=Inputs,
    gives=Package,
    facts=StageFacts,
    uses=("evaluate.runtime", "deploy.backend", "deploy.target"),
    sees={"framing": ("task", "success")},
)
# Where a package goes: a local folder, a container context, Kubernetes manifests, an edge bundle. Gives the
# names of the files it wrote below `inputs.folder`.
target: Contract[TargetInputs, Sequence[str]] = Contract(
    "deploy.target", takes=TargetInputs, gives=Sequence, facts=TargetFacts
)
# Runs packages of one platform: `platform: onnx` in a signature is `deploy/backend/onnx.py`.
backend: Contract[BackendInputs, Engine] = Contract("deploy.backend", takes=BackendInputs)
# Serves packages until it is told to stop; gives the exit code.
server: Contract[ServerInputs, int] = Contract("deploy.server", takes=ServerInputs, gives=int)
# Predicts many samples with a package, in batches; gives how many.
predictor: Contract[PredictorInputs, int] = Contract("deploy.predictor", takes=PredictorInputs, gives=int)
TargetChoice = Annotated[Component[TargetInputs, Sequence[str]], target]
ServerChoice = Annotated[Component[ServerInputs, int], server]
