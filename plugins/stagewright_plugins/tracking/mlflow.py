"""Mirror to MLflow: an embedded SQLite file, a database or a tracking server."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import tracking
from stagewright.stages.tracking import Inputs, Mirrored


@tracking.stage
def mlflow(
    inputs: Inputs,
    /,
    *,
    uri: Annotated[
        str,
        Field(
            min_length=1,
            description="tracking store: `sqlite:///…` (relative paths start at the project), "
            "another database, or `http://…`",
        ),
    ] = "sqlite:///.stagewright/mlflow.db",
    experiment: Annotated[
        str | None, Field(min_length=1, description="experiment; the recipe's name if not said")
    ] = None,
    artifacts: Annotated[
        str | None,
        Field(
            min_length=1,
            description="where an experiment that is new keeps its files: a URI or a folder; "
            "if not said, `mlartifacts/` beside the SQLite file, or what the server decides",
        ),
    ] = None,
    tags: Annotated[dict[str, str], Field(description="tags of every run, beside those of the record")] = {},  # noqa: B006
    timeout: Annotated[int, Field(ge=1, description="seconds a tracking server may take to answer")] = 10,
) -> Mirrored:
    """One MLflow run per run, live: parameters, metrics per epoch, dataset, models, scores, report.

    Packages are versions in the model registry, with the aliases of the releases.

    Raises:
        StagewrightError: the store cannot be reached or written.
    """
    from ._mirror import mirror
    from ._store import Store, told

    with told(uri):
        store = Store(uri, experiment, artifacts, timeout, inputs.project)
        return mirror(inputs, store, tags)
