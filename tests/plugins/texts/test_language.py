"""Which language a translation reads like, and keys of texts that say the same."""

from __future__ import annotations

from stagewright_plugins.texts.language import Profiles
from stagewright_plugins.texts.normalising import key, normalised

PAIRS = [
    ("Save this page", "Enregistrer cette page"),
    ("Delete the selected images", "Supprimer les images sélectionnées"),
    ("Please choose another name", "Veuillez choisir un autre nom"),
    ("This field is required", "Ce champ est obligatoire"),
    ("The page was not found", "La page n'a pas été trouvée"),
    ("Choose where the new page should go", "Choisissez où la nouvelle page doit aller"),
    ("The name of the file", "Le nom du fichier"),
]


def test_a_text_that_was_left_in_its_language_stands_out() -> None:
    profiles = Profiles.learned(PAIRS)
    left = profiles.mismatch("Save the name", "This page was not found")
    done = profiles.mismatch("Save the name", "Enregistrer le nom")
    assert left > max(0, done)


def test_a_pair_does_not_testify_for_itself() -> None:
    odd = ("Zyxw vuts", "qponmlk jihg")
    profiles = Profiles.learned([*PAIRS, odd])
    assert abs(profiles.mismatch(*odd)) < 0.5
    assert profiles.mismatch("%s", "%s") == 0


def test_normalised_and_key() -> None:
    assert normalised("  Êtes-vous\u00a0sûr\u202f?\n ") == "Êtes-vous sûr ?"
    assert normalised("e\u0301") == "é"
    assert key("Delete %(n)s pages!") == key("delete {count} Pages") == "delete pages"
    assert key("…") == "…"
