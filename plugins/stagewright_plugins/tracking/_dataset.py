"""A dataset version as an MLflow dataset input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LONGEST_DIGEST = 36  # MLflow's limit; the whole version stands in the profile


def dataset(recipe: str, event: Mapping[str, Any], folder: Path) -> Any:
    """`mlflow.entities.Dataset` of a finished data step: named as its card says, else as the recipe."""
    from mlflow.entities import Dataset

    output = event["output"]
    profile = {"version": output["version"], "modality": output["modality"], "samples": output["counts"]}
    return Dataset(
        name=_title(folder / output["path"]) or recipe,
        digest=output["version"][:LONGEST_DIGEST],
        source_type="local",
        source=json.dumps({"uri": (folder / output["path"]).resolve().as_uri()}),
        profile=json.dumps(profile),
    )


def _title(folder: Path) -> str:
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""  # another data stage may leave no card
    return str(card.get("title") or "")
