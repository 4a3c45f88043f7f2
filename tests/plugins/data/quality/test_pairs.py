"""Quality of pairs of texts: what each metric says of plain cases, and that each is documented."""

from __future__ import annotations

import math
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from stagewright.contract import MARK
from stagewright_plugins.texts.language import Profiles
from stagewright_plugins.texts.view import PairView

DOCS = Path(__file__).parents[4] / "docs" / "texts.md"
PROFILES = Profiles.learned(
    [("Save the page", "Enregistrer la page"), ("Delete images", "Supprimer les images")]
)
VALUES = {
    "length_ratio": [("four", "huit", 1.0), ("ab", "abcd", 2.0), ("", "x", 1.0)],
    "source_words": [("Save %(n)s pages", "x", 2.0), ("…", "…", 0.0)],
    "placeholder_mismatch": [("%s", "%s", 0.0), ("%s <b>", "%d", 3.0)],
    "untranslated": [("Django", "django", 1.0), ("Save", "Enregistrer", 0.0), ("%s", "%s", 0.0)],
}
NAMES = [*VALUES, "language_mismatch"]


def metric(name: str) -> Any:
    return getattr(import_module(f"stagewright_plugins.data.quality.{name}"), name)


@pytest.mark.parametrize("name", VALUES)
def test_values_of_plain_cases(name: str) -> None:
    for source, target, value in VALUES[name]:
        assert metric(name)(PairView(source, target, PROFILES)) == value


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pair", [("", ""), ("…", "→"), ("a", "日本"), ("%s", "")])
def test_a_value_is_a_number_in_its_range(name: str, pair: tuple[str, str]) -> None:
    facts = getattr(metric(name), MARK).facts
    value = metric(name)(PairView(*pair, PROFILES))
    assert type(value) is float
    assert math.isfinite(value)
    assert facts.low is None or value >= facts.low
    assert facts.high is None or value <= facts.high


@pytest.mark.parametrize("name", NAMES)
def test_each_is_documented(name: str) -> None:
    assert f"| `{name}` |" in DOCS.read_text(encoding="utf-8")
