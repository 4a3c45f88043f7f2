"""Kinds of mistakes on plain cases."""

from __future__ import annotations

import pytest

from stagewright_plugins.texts.mistakes import KINDS, mistakes


@pytest.mark.parametrize(
    ("source", "said", "reference", "wanted"),
    [
        ("Save %s", "Enregistrer %s", "Enregistrer %s", []),
        ("Save %s", "Enregistrer", "Enregistrer %s", ["missing_placeholder"]),
        ("Save %s", "Sauver %s %d", "Enregistrer %s", ["invented_placeholder"]),
        ("Save", "save", "Enregistrer", ["untranslated", "too_short"]),
        ("Django", "Django", "Django", []),
        ("Save", "page page page", "Enregistrer la page", ["repeated"]),
        ("Save", "la page de la page de la page de", "Enregistrer la page", ["repeated"]),
        ("Save", "Veuillez « « «", "Enregistrer la page", ["repeated"]),
        ("Save", "nouveauauauauau", "Enregistrer la page", ["repeated"]),
        ("Loading", "Chargement...", "En cours de chargement", []),
        ("Save", "", "Enregistrer", ["empty"]),
        ("Save", "Enregistrer tout ce qui est encore ouvert", "Enregistrer", ["too_long"]),
        ("Hide %s", "Masquer", "Masquer", []),
    ],
)
def test_kinds(source: str, said: str, reference: str, wanted: list[str]) -> None:
    assert mistakes(source, said, reference) == wanted
    assert set(wanted) <= set(KINDS)
