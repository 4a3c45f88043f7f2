"""BLEU and chrF against the command `sacrebleu`, and that their counts add up."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from stagewright_plugins.scoring.tally import Sums, tally
from stagewright_plugins.texts.bleu import Bleu, signature
from stagewright_plugins.texts.chrf import Chrf

WORDS = [
    "a",
    "bb",
    "ccc.",
    "d's",
    "é",
    "«x»",
    "%(name)s",
    "<b>hi</b>",
    "&amp;",
    "1,000.5",
    "foo-bar",
    "{x}",
    ".",
    ",",
    ";",
    "&",
    '"quote"',
    "don’t",
    "3-4",
    "-a",
    "–",
    "…",
    "?",
    "l'été",
    "!",
]


def texts(count: int, kept: float) -> tuple[list[str], list[str]]:
    draw = random.Random(1)
    said = [" ".join(draw.choices(WORDS, k=draw.randint(1, 9))) for _ in range(count)]
    true = [
        " ".join(w if draw.random() < kept else draw.choice(WORDS) for w in text.split(" ")) for text in said
    ]
    return said, true


def by_command(folder: Path, said: list[str], true: list[str], *more: str) -> dict[str, object]:
    (folder / "hypotheses.txt").write_text("".join(f"{text}\n" for text in said), encoding="utf-8")
    (folder / "references.txt").write_text("".join(f"{text}\n" for text in true), encoding="utf-8")
    program = Path(sys.executable).with_name("sacrebleu")
    given = [str(program), "references.txt", "-i", "hypotheses.txt", "--width", "6", *more]
    found = subprocess.run(given, cwd=folder, capture_output=True, text=True, check=True, timeout=120)
    told: dict[str, object] = json.loads(found.stdout)
    return told


@pytest.mark.parametrize("tokenize", ["13a", "intl", "char", "none"])
@pytest.mark.parametrize("kept", [0.0, 0.6])
def test_bleu_is_the_number_of_the_command(tmp_path: Path, tokenize: str, kept: float) -> None:
    said, true = texts(80, kept)
    metric = Bleu(tokenize)
    metric.update(said[:30], true[:30])
    metric.update(said[30:], true[30:])
    told = by_command(tmp_path, said, true, "-tok", tokenize)
    assert float(metric.compute()) == pytest.approx(told["score"], abs=1e-5)
    assert told["signature"] == signature(tokenize)


@pytest.mark.parametrize("words", [0, 2])
@pytest.mark.parametrize("kept", [0.0, 0.6])
def test_chrf_is_the_number_of_the_command(tmp_path: Path, words: int, kept: float) -> None:
    said, true = texts(80, kept)
    metric = Chrf(words)
    metric.update(said, true)
    told = by_command(tmp_path, said, true, "-m", "chrf", "--chrf-word-order", str(words))
    assert float(metric.compute()) == pytest.approx(told["score"], abs=1e-5)


def test_short_and_empty_texts_have_a_value() -> None:
    for metric in (Bleu("13a"), Chrf()):
        metric.update(["", "oui, je le veux"], ["oui", "oui, je le veux"])
        assert 0 < float(metric.compute()) < 100


@pytest.mark.parametrize("metric", [Bleu("13a"), Chrf()], ids=["bleu", "chrf"])
def test_counts_add_up_over_texts(metric: Bleu | Chrf) -> None:
    kept = tally(metric)
    assert isinstance(kept, Sums)
