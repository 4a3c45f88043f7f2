"""A small parallel corpus as files: regular enough that a small model learns it, odd enough to test what is refused."""

from __future__ import annotations

from itertools import product
from pathlib import Path

VERBS = {"Save": "Enregistrer", "Delete": "Supprimer", "Open": "Ouvrir", "Copy": "Copier", "Move": "Déplacer"}
NOUNS = {
    "page": "la page", "image": "l’image", "user": "l’utilisateur", "file": "le fichier", "task": "la tâche",
    "site": "le site", "group": "le groupe", "menu": "le menu", "form": "le formulaire", "tag": "l’étiquette",
}  # fmt: skip
ENDS = {"": "", " now": " maintenant", " %(name)s": " %(name)s", " in <b>%s</b>": " dans <b>%s</b>"}

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n'


def pairs() -> list[tuple[str, str]]:
    """200 pairs."""
    made = product(VERBS.items(), NOUNS.items(), ENDS.items())
    return [(f"{a[0]} {b[0]}{c[0]}", f"{a[1]} {b[1]}{c[1]}") for a, b, c in made]


def a_tsv(folder: Path, *more: str) -> Path:
    """The pairs as a file of two columns, and further lines as they are."""
    path = folder / "pairs.tsv"
    lines = [f"{source}\t{target}" for source, target in pairs()]
    path.write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")
    return path


def a_catalogue(folder: Path, name: str = "fr/LC_MESSAGES/django.po", more: str = "") -> Path:
    """The pairs as a catalogue below `folder`, with what `more` adds in gettext's own words."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    body = "".join(f'\nmsgid "{source}"\nmsgstr "{target}"\n' for source, target in pairs())
    path.write_text(HEAD + body + more, encoding="utf-8")
    return folder
