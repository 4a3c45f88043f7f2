"""A small parallel corpus as files: regular enough that a small model learns it, odd enough to test what is refused."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

from stagewright.stages import metrics as metrics_stage
from stagewright.stages import train
from stagewright.stages.data import Dataset, Inputs
from stagewright.stages.framing import Framing, Task
from stagewright.stages.metrics import MetricSet
from stagewright.stages.objective import Goal
from stagewright.stages.train import Model
from stagewright.testing import Heard, context
from stagewright_plugins.data.parallel_text import parallel_text
from stagewright_plugins.framing.task.translation import translation
from stagewright_plugins.metrics.standard import standard
from stagewright_plugins.train.lightning import lightning

GOAL = Goal(problem="menus are English", owner="tests", kpis=())
QUALITY = ("source_words", "length_ratio", "language_mismatch", "placeholder_mismatch", "untranslated")

VERBS = {"Save": "Enregistrer", "Delete": "Supprimer", "Open": "Ouvrir", "Copy": "Copier", "Move": "Déplacer"}
NOUNS = {
    "page": "la page", "image": "l’image", "user": "l’utilisateur", "file": "le fichier", "task": "la tâche",
    "site": "le site", "group": "le groupe", "menu": "le menu", "form": "le formulaire", "tag": "l’étiquette",
}  # fmt: skip
ENDS = {"": "", " now": " maintenant", " %(name)s": " %(name)s", " in <b>%s</b>": " dans <b>%s</b>"}
LONG = {
    " of %(name)s and then open the menu of the site": " de %(name)s, puis ouvrir le menu du site",
    " before the user of <b>%s</b> can open the file": " avant que l’utilisateur de <b>%s</b> puisse ouvrir le fichier",
}

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


def packages(folder: Path) -> Path:
    """Two packages to be found on the path, `little` and `longer`: the same words, the second in longer messages."""
    for name, ends in (("little", ENDS), ("longer", LONG)):
        made = product(VERBS.items(), NOUNS.items(), ends.items())
        body = "".join(f'\nmsgid "{a[0]} {b[0]}{c[0]}"\nmsgstr "{a[1]} {b[1]}{c[1]}"\n' for a, b, c in made)
        path = folder / name / "locale" / "fr" / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True)
        (folder / name / "__init__.py").write_text("")
        path.write_text(HEAD + body, encoding="utf-8")
    return folder


def a_task() -> Task:
    return translation(GOAL, target="fr", max_source=80, max_target=120)


def a_dataset(folder: Path, task: Task, vocabulary: int = 300, *more: str) -> Dataset:
    """The pairs as the stage `parallel_text` leaves them; tag `form` is not there, quality is."""
    given = context(folder / "data", seed=3)
    path = a_tsv(folder, *more)
    source = given.resolve("data.source", {"type": "parallel_file", "path": path, "licence": "CC0-1.0"})
    quality = [given.resolve("data.quality", {"type": name}) for name in QUALITY]
    return parallel_text(
        Inputs(Framing(task), given), source=source, quality=quality, split=given.resolve("data.split", {"type": "grouped"}),
        vocabulary=vocabulary,
    )  # fmt: skip


def a_metric_set(folder: Path, task: Task) -> MetricSet:
    given = context(folder)
    of = [given.resolve("metrics.metric", {"type": name}) for name in ("bleu", "chrf")]
    return standard(metrics_stage.Inputs(Framing(task), given), of=of)


def trained(
    folder: Path, data: Dataset, task: Task, epochs: int = 1, heard: Heard | None = None, **model: Any
) -> Model:
    """A tiny transformer after so many epochs."""
    given = context(folder, seed=3, heard=heard)
    spec = {
        "type": "transformer",
        "vocabulary": 300,
        "width": 16,
        "heads": 2,
        "layers": 1,
        "inner": 32,
        **model,
    }
    return lightning(
        train.Inputs(Framing(task), data, a_metric_set(folder / "metrics", task), given),
        model=given.resolve("train.model", spec),
        optimizer=given.resolve("train.optimizer", {"type": "adamw", "lr": 0.01}),
        scheduler=given.resolve("train.scheduler", {"type": "constant"}),
        max_epochs=epochs,
        batch_size=32,
        threads=1,
    )
