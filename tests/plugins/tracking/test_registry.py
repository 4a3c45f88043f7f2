"""Packages and aliases in MLflow's model registry, read back with MLflow's own client as anybody would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stagewright import releases
from stagewright_plugins.packaging import manifest
from stagewright_plugins.tracking.mlflow import mlflow

from .conftest import Recorded, home, moved, packaged

TAG = "stagewright.version"


def client(recorded: Recorded) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{recorded.project}/.stagewright/mlflow.db")


def mirrored(recorded: Recorded) -> Any:
    recorded.record()
    return client(recorded).get_run(mlflow(recorded.inputs()).run_id)


def again(recorded: Recorded, number: int) -> Recorded:
    """The next run of the project."""
    run = replace(recorded, id=f"2026010{number}-040506-000-cells-ef01", events=[], announced=[])
    run.write()
    return run


def meant(recorded: Recorded) -> dict[str, str]:
    """Package version by alias, as the registry has it."""
    reader = client(recorded)
    aliases = reader.get_registered_model("cells").aliases
    return {alias: reader.get_model_version_by_alias("cells", alias).tags[TAG] for alias in aliases}


def test_a_package_is_a_version_of_the_registered_model(recorded: Recorded) -> None:
    version = packaged(recorded, 1)
    moved(recorded, "challenger", version)
    moved(recorded, "champion", version)
    run = mirrored(recorded)
    assert meant(recorded) == {"challenger": version, "champion": version}
    found = client(recorded).get_model_version_by_alias("cells", "champion")
    assert (str(found.version), found.status, found.run_id) == ("1", "READY", run.info.run_id)
    assert [output.model_id for output in run.outputs.model_outputs] == [
        Path(found.source.removeprefix("file://")).parent.name
    ]


def test_the_registered_files_are_the_package_byte_by_byte(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow as stock

    version = packaged(recorded, 1)
    moved(recorded, "champion", version)
    mirrored(recorded)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{recorded.project}/.stagewright/mlflow.db")
    got = Path(stock.artifacts.download_artifacts("models:/cells@champion", dst_path=str(tmp_path / "got")))
    assert manifest.verify(got / "package")["version"] == version
    assert {path.name for path in got.iterdir()} >= {"MLmodel", "package"}
    assert not [path for path in got.rglob("*") if path.suffix in (".pkl", ".pickle", ".pt")]
    graph = stock.onnx.load_model("models:/cells@champion")
    assert [node.op_type for node in graph.graph.node] == ["Add"]


def test_a_package_without_a_graph_is_registered_too(recorded: Recorded) -> None:
    version = packaged(recorded, 1, platform="rule")
    moved(recorded, "champion", version)
    mirrored(recorded)
    assert meant(recorded) == {"champion": version}


def test_the_same_package_is_registered_once(recorded: Recorded) -> None:
    version = packaged(recorded, 1)
    mirrored(recorded)
    cached = again(recorded, 3)
    cached.add(
        "package_registered", name="cells", version=version, package="store/digest-of-package-1/package"
    )
    run = mirrored(cached)
    (only,) = client(recorded).search_model_versions("name = 'cells'")
    assert only.tags[TAG] == version
    assert run.outputs is None or not run.outputs.model_outputs
    assert client(recorded).get_registered_model("cells").aliases == {}


def test_a_mirror_that_was_killed_between_is_finished(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    def killed(*_args: Any, **_settings: Any) -> None:
        raise KeyboardInterrupt

    version = packaged(recorded, 1)
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "create_model_version", killed)
        with pytest.raises(KeyboardInterrupt):
            mirrored(recorded)
    mirrored(recorded)
    (only,) = client(recorded).search_model_versions("name = 'cells'")
    assert only.tags[TAG] == version
    experiment = client(recorded).get_experiment_by_name("cells").experiment_id
    assert len(client(recorded).search_logged_models([experiment])) == 1


def test_aliases_follow_from_run_to_run(recorded: Recorded) -> None:
    first = packaged(recorded, 1)
    moved(recorded, "champion", first)
    mirrored(recorded)
    later = again(recorded, 3)
    second = packaged(later, 2)
    moved(later, "challenger", second)
    mirrored(later)
    assert meant(recorded) == {"champion": first, "challenger": second}
    assert str(client(recorded).get_model_version_by_alias("cells", "challenger").version) == "2"


def test_an_alias_that_moved_outside_of_a_run_is_right_after_the_next(recorded: Recorded) -> None:
    first, second = packaged(recorded, 1), packaged(recorded, 2)
    moved(recorded, "champion", second)
    mirrored(recorded)
    releases.assign(home(recorded), "cells", "champion", first, "ann", "rollback by ann")
    mirrored(again(recorded, 3))  # which says nothing of packages
    assert meant(recorded) == {"champion": first}


def test_a_late_mirror_does_not_turn_an_alias_back(recorded: Recorded) -> None:
    first, second = packaged(recorded, 1), packaged(recorded, 2)
    moved(recorded, "champion", first)
    releases.assign(home(recorded), "cells", "champion", second, "gateway", "promoted")
    seen: list[dict[str, str]] = []
    recorded.meanwhile = lambda event: (
        seen.append(meant(recorded)) if event["event"] == "alias_moved" else None
    )
    mirrored(recorded)
    assert seen == [{"champion": second}]
    assert meant(recorded) == {"champion": second}


def test_a_champion_from_before_tracking_is_registered_now(recorded: Recorded) -> None:
    version = packaged(recorded, 1)
    releases.assign(home(recorded), "cells", "champion", version, "gateway", "promoted")
    mirrored(again(recorded, 3))
    assert meant(recorded) == {"champion": version}


def test_an_alias_of_a_package_that_is_gone_is_taken_away(recorded: Recorded) -> None:
    first = packaged(recorded, 1)
    moved(recorded, "champion", first)
    mirrored(recorded)
    gone = releases.register(home(recorded), "cells", "f" * 64, "store/gone/package")
    releases.assign(home(recorded), "cells", "champion", gone.version, "gateway", "promoted")
    mirrored(again(recorded, 3))
    assert meant(recorded) == {}


def test_aliases_that_somebody_else_set_stay(recorded: Recorded) -> None:
    version = packaged(recorded, 1)
    moved(recorded, "champion", version)
    mirrored(recorded)
    client(recorded).set_registered_model_alias("cells", "audited", "1")
    mirrored(again(recorded, 3))
    assert meant(recorded) == {"champion": version, "audited": version}


def test_a_run_without_packages_registers_nothing(recorded: Recorded) -> None:
    mirrored(recorded.whole())
    assert client(recorded).search_registered_models() == []
