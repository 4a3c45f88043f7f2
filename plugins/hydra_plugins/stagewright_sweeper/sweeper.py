"""What Hydra sees: the sweeper's options and its class. Hydra imports this at every start, so it loads nothing else."""

# No `from __future__ import annotations`: Hydra runs this file outside of `sys.modules`, where a dataclass cannot
# look up annotations that are text.
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

NAME = "stagewright"


@dataclass
class Options:
    """Options of `hydra.sweeper`, named as those of Hydra's own Optuna sweeper.

    Attributes:
        n_trials: how many are to finish; the same command again goes on with what is missing.
        n_jobs: how many are handed to Hydra's launcher at once.
        direction: `minimize` or `maximize`, a list of them where the app returns several values.
        storage: `journal`, `sqlite`, a database URL or `grpc://host:port`; null is `journal`.
        study_name: made of the search and the fixed overrides if null, so that equal searches are one study.
        params: by key, in Hydra's override grammar, or `{of: ..., when: ...}`; the command line wins.
        sampler: name of a Stagewright plugin (`sweep.sampler`), or a mapping with `type` and its settings.
        seed: of the sampler.
        max_failure_rate: share of the trials that may fail.
        folder: where studies lie.
    """

    _target_: str = "hydra_plugins.stagewright_sweeper.sweeper.StagewrightSweeper"
    n_trials: int = 20
    n_jobs: int = 1
    direction: Any = "minimize"
    storage: str | None = None
    study_name: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    sampler: Any = "tpe"
    seed: int = 0
    max_failure_rate: float = 0.0
    folder: str = ".stagewright/sweeps"


ConfigStore.instance().store(group="hydra/sweeper", name=NAME, node=Options, provider=NAME)


class StagewrightSweeper(Sweeper):
    """Searches with the study that a recipe's `sweep` section has: resumed after a kill, no trial lost or repeated."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra before `sweep`."""
        from hydra.core.plugins import Plugins

        self.config, self.loader = config, hydra_context.config_loader
        self.launcher = Plugins.instance().instantiate_launcher(
            config=config, hydra_context=hydra_context, task_function=task_function
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Run the search; gives the best settings and what they reached.

        Raises CompactHydraException where the user has something to mend: Hydra prints that without a traceback.
        """
        from hydra.errors import CompactHydraException

        from stagewright.errors import StagewrightError

        from ._search import search

        def launch(batch: Sequence[Sequence[str]], first: int) -> Sequence[Any]:
            return self.launcher.launch(batch, initial_job_idx=first)

        try:
            return search(self.options, self.config, self.loader, launch, arguments)
        except StagewrightError as error:
            raise CompactHydraException(str(error)) from error
