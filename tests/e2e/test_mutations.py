"""Recipes spoilt 1,000 ways: never a traceback, never a hang, and one wrong key is told at its line."""

from __future__ import annotations

import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import pytest

from recipe_mutations import WAYS, Mutation, entries, mutations
from running import ROOT, Project
from stagewright.cli import main

RECIPES = {path.stem: path.read_text() for path in sorted((ROOT / "recipes").glob("*.yaml"))}
LONGEST = 10  # seconds
PLACE = re.compile(r"^recipes/cells\.yaml:(\d+):(\d+) \S")


@dataclass
class Told:
    """What came of all mutations."""

    codes: Counter[int] = field(default_factory=Counter)
    judged: int = 0
    misplaced: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    placeless: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def share(self) -> float:
        """Of single-key mutations that are wrong, told at their line."""
        return 1 - (len(self.misplaced) + len(self.unseen)) / max(1, self.judged)


def test_a_sample_of_spoilt_recipes(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _held(_all(project, 2 * len(RECIPES) * len(WAYS), 1, monkeypatch, capsys))


@pytest.mark.slow
def test_a_thousand_spoilt_recipes(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _held(_all(project, 1000, 0, monkeypatch, capsys))


def test_the_same_seed_spoils_the_same() -> None:
    first, again, other = (list(mutations(RECIPES, 60, seed)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_every_key_of_a_recipe_has_its_place() -> None:
    for text in RECIPES.values():
        lines = text.split("\n")
        for entry in entries(text):
            assert lines[entry.line - 1][entry.column : entry.end] == entry.path[-1]


def _held(told: Told) -> None:
    print(f"{told.judged} judged, {told.share:.2%} right, slowest {told.slowest:.2f} s, {dict(told.codes)}")
    assert set(told.codes) <= {0, 2}
    assert told.slowest < LONGEST
    assert not told.placeless
    assert told.share >= 0.98, "\n".join([*told.misplaced, *told.unseen])


def _all(
    project: Project,
    count: int,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Told:
    told = Told()
    monkeypatch.chdir(project.path)
    path = project.path / "recipes" / "cells.yaml"
    for recipe, mutation in mutations(RECIPES, count, seed):
        path.write_bytes(mutation.content)
        began = time.monotonic()
        with _limit(f"{recipe}: {mutation.name}"):
            code = main(["check", "cells", "--fresh"])
        told.slowest = max(told.slowest, time.monotonic() - began)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err, (recipe, mutation.name)
        told.codes[code] += 1
        _judge(told, f"{recipe}: {mutation.name}", mutation, code, said.err.splitlines())
    return told


def _judge(told: Told, what: str, mutation: Mutation, code: int, lines: list[str]) -> None:
    told.placeless += [f"{what}: {line[:200]}" for line in lines if not PLACE.match(line)]
    if not code and mutation.wrong:
        told.judged += 1
        told.unseen.append(f"UNSEEN {what}")
    elif code and mutation.single:
        told.judged += 1
        at = {int(found[1]) for line in lines if (found := PLACE.match(line))}
        if not at & set(mutation.lines):
            told.misplaced.append(
                f"ELSEWHERE {what}: {mutation.lines}, not {[line[:160] for line in lines[:3]]}"
            )


@contextmanager
def _limit(what: str) -> Iterator[None]:
    """A hang ends as a failure that names the mutation."""

    def ring(_: int, __: FrameType | None) -> None:
        raise AssertionError(f"{what} takes longer than {LONGEST} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
