"""Hydra's override grammar as the domains of a search."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.stages.sweep import Choice, Interval
from stagewright.sweep.space import SpaceError, domain, laid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("choice(unet, deeplab)", Choice(("unet", "deeplab"))),
        ("unet,deeplab", Choice(("unet", "deeplab"))),
        ("choice('a b', true, 3)", Choice(("a b", True, 3))),
        ("choice([1, 2], [3])", Choice(([1, 2], [3]))),
        ("{type: a}, {type: b}", Choice(({"type": "a"}, {"type": "b"}))),
        ("range(8, 17, 4)", Interval(8, 16, 4, whole=True)),
        ("range(8, 16, 4)", Interval(8, 12, 4, whole=True)),
        ("range(10, 1, -3)", Interval(4, 10, 3, whole=True)),
        ("range(0, 1, 0.25)", Interval(0.0, 0.75, 0.25)),
        ("shuffle(range(1, 5))", Interval(1, 4, 1, whole=True)),
        ("range(1, 2)", Choice((1,))),
        ("interval(0, 1)", Interval(0.0, 1.0)),
        ("int(interval(1, 5))", Interval(1, 5, whole=True)),
        ("tag(log, interval(1e-4, 1e-2))", Interval(1e-4, 1e-2, log=True)),
        ("tag(log, int(interval(1, 64)))", Interval(1, 64, whole=True, log=True)),
        ("glob(*)", Choice(("deeplab", "lenet", "unet"))),
        ("glob(*, exclude=le*)", Choice(("deeplab", "unet"))),
        ([8, "x", None], Choice((8, "x", None))),
    ],
)
def test_domains(text: Any, expected: Choice | Interval) -> None:
    assert domain(text, lambda: ["deeplab", "lenet", "unet"]) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.5", "one value"),
        ("choice(", "cannot be read"),
        ("range(3, 3)", "empty"),
        ("interval(2, 1)", "nothing between"),
        ("tag(log, interval(0, 1))", "above 0"),
        ("tag(log, range(1, 9, 2))", "no steps"),
        ("tag(lag, interval(1, 2))", "did you mean 'log'"),
        ("tag(log, choice(1, 2))", "not of choices"),
        ("a,a", "said twice"),
        ("glob(x*)", "finds nothing"),
        ([], "nothing to choose"),
        ("uniform(0, 1)", r"there is no 'uniform', it is `interval\(LOW, HIGH\)`"),
        ("log(1e-4, 1)", r"it is `tag\(log, interval"),
        ("intervall(0, 1)", "did you mean 'interval'"),
        ("interval(a, b)", "of the wrong kind or number"),
    ],
)
def test_what_is_no_domain(text: Any, said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        domain(text, lambda: ["unet"])


def test_settings_over_a_recipe() -> None:
    base = {"a": {"type": "u", "w": 1}, "b": [1, {"c": 2}], "d": "short"}
    assert laid(base, {"a": "u"})["a"] == {"type": "u", "w": 1}  # the same plugin keeps its settings
    assert laid(base, {"a": "v", "a.k": 3})["a"] == {"type": "v", "k": 3}
    assert laid(base, {"b.1.c": 5})["b"] == [1, {"c": 5}]
    assert laid(base, {"d.e": 5})["d"] == {"type": "short", "e": 5}
    assert base == {"a": {"type": "u", "w": 1}, "b": [1, {"c": 2}], "d": "short"}
    with pytest.raises(LookupError, match=r"b\.7 names no entry of a list of 2"):
        laid(base, {"b.7": 1})


def test_an_entry_of_a_list_that_is_not_there_is_said() -> None:
    with pytest.raises(LookupError, match="an entry of a list that the recipe does not say"):
        laid({"train": {"type": "net"}}, {"train.layers.3": 8})
