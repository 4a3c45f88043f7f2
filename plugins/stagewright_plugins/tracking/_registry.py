"""MLflow's model registry in line with the project's releases: a registered version per package, the same aliases.

`releases.py` is the truth. Aliases move outside of runs too (a gateway, `stagewright rollout`), and the mirrors of
cached runs may come late, so an alias is always set to what it means now, not to what an event said.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stagewright import releases

from . import _models
from ._models import VERSION
from ._names import model_name
from ._store import Store


class Registry:
    """The registered models, while one run is mirrored.

    Attributes:
        run: id of the MLflow run that logs what is new.
    """

    def __init__(self, store: Store, run: str) -> None:
        self.run = run
        self._store, self._client = store, store.client

    def add(self, name: str, version: str, package: Path) -> str | None:
        """Number of the registered version of a package, registered now if it was not.

        Args:
            name: the model.
            version: the package's.
            package: its folder.

        Returns:
            None where the package is neither registered nor there any more.
        """
        with self._store.alone("registry"):  # two runs may register the same package at once
            if known := self._number(name, version):
                return known
            if not (package / "signature.json").is_file():
                return None
            return self._registered(name, version, package)

    def align(self, name: str) -> None:
        """Let every alias of a model mean what it means in the releases; aliases of others are left alone."""
        if name not in releases.names(self._store.home):
            return
        for alias, release in releases.aliases(self._store.home, name).items():
            number = self.add(name, release.version, release.path(self._store.home))
            self._assign(model_name(name), alias, number)

    def _assign(self, model: str, alias: str, number: str | None) -> None:
        """Where the version cannot be registered, no alias is better than one that means another version."""
        standing = self._standing(model)
        if number is None and alias in standing:
            self._client.delete_registered_model_alias(model, alias)
        elif number is not None and standing.get(alias) != number:
            self._client.set_registered_model_alias(model, alias, number)

    def _standing(self, model: str) -> dict[str, str]:
        """Number by alias; nothing where the model is not registered."""
        found = self._model(model)
        return {alias: str(number) for alias, number in found.aliases.items()} if found else {}

    def _number(self, name: str, version: str) -> str | None:
        wanted = f"name = '{model_name(name)}' and tags.`{VERSION}` = '{version}'"
        found = self._client.search_model_versions(wanted)
        return str(found[0].version) if found else None

    def _registered(self, name: str, version: str, package: Path) -> str:
        from mlflow.entities import LoggedModelOutput

        model = _models.log_package(self._store, self.run, name, version, package)
        if model.source_run_id == self.run:
            self._client.log_outputs(self.run, [LoggedModelOutput(model.model_id, 0)])
        if self._model(model_name(name)) is None:
            self._create(model_name(name))
        # The files' place, not `models:/<id>`: of a database, MLflow looks that up in whatever store is the default.
        made = self._client.create_model_version(
            model_name(name),
            model.artifact_location,
            run_id=model.source_run_id,
            tags={VERSION: version},
            model_id=model.model_id,
        )
        return str(made.version)

    def _model(self, model: str) -> Any:
        found = self._client.search_registered_models(f"name = '{model}'")
        # A search leaves the aliases out.
        return self._client.get_registered_model(model) if found else None

    def _create(self, model: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client.create_registered_model(model)
        except MlflowException:
            if self._model(model) is None:  # else somebody else was faster, on a server
                raise
