"""Names and numbers as Kubernetes takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MAX_NAME = 63


def label(name: str) -> str:
    """A DNS label: lower case letters, digits and `-`, beginning with a letter."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return (plain if plain[:1].isalpha() else f"m-{plain}")[:MAX_NAME].rstrip("-")


def metadata(name: str, namespace: str) -> dict[str, Any]:
    """An object's metadata."""
    return {"name": label(name)} | ({"namespace": namespace} if namespace else {})


def write(path: Path, objects: Iterable[Any]) -> str:
    """Objects as one file of YAML documents; gives its name."""
    import yaml

    text = yaml.safe_dump_all(objects, sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(text, encoding="utf-8")
    return path.name


def whole(percent: float) -> int:
    """A percentage where only whole ones are taken; a canary must not vanish by rounding down."""
    return max(1, round(percent)) if percent else 0


def rounded(weights: Iterable[float], where: str) -> list[str]:
    """What becomes of weights that are not whole."""
    return [
        f"{where}: {weight:g} % becomes {whole(weight)} %; the target takes whole percents"
        for weight in weights
        if whole(weight) != weight
    ]
