"""`@frozen` behaves as `@dataclass(frozen=True)` does, wherever the framework relies on it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar

import pytest
from pydantic import TypeAdapter

from stagewright.frozen import frozen


@frozen
class Ours:
    x: int
    y: str = "y"
    z: tuple[int, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Theirs:
    x: int
    y: str = "y"
    z: tuple[int, ...] = field(default_factory=tuple)


@frozen
class Longer(Ours):
    w: float = 0.5


@pytest.mark.parametrize("args", [((1,), {}), ((1, "a"), {}), ((1,), {"z": (2,)}), ((), {"x": 3})])
def test_it_is_made_and_shown_as_a_dataclass_is(args: Any) -> None:
    ours, theirs = Ours(*args[0], **args[1]), Theirs(*args[0], **args[1])
    assert asdict(ours) == asdict(theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert ours == Ours(*args[0], **args[1])
    assert hash(ours) == hash(Ours(*args[0], **args[1]))
    assert ours != theirs


@pytest.mark.parametrize("args", [((), {}), ((1, "a", (), 4), {}), ((1,), {"x": 1}), ((1,), {"q": 1})])
def test_what_a_dataclass_refuses_is_refused(args: Any) -> None:
    for made in (Ours, Theirs):
        with pytest.raises(TypeError):
            made(*args[0], **args[1])


def test_it_cannot_be_changed() -> None:
    one = Ours(1)
    for change in (lambda: setattr(one, "x", 2), lambda: setattr(one, "new", 2), lambda: delattr(one, "x")):
        with pytest.raises(FrozenInstanceError):
            change()


def test_fields_replace_and_inheritance() -> None:
    assert is_dataclass(Ours)
    assert [item.name for item in fields(Longer)] == ["x", "y", "z", "w"]
    assert replace(Longer(1, w=2.0), y="b") == Longer(1, "b", (), 2.0)
    assert isinstance(Longer(1), Ours)
    assert Longer(1) != Ours(1)


@frozen
class Titled:
    kind: ClassVar[str] = "k"
    title: str
    caption: str = field(default="", kw_only=True)


@frozen
class Listed(Titled):
    rows: tuple[int, ...] = ()


def test_fields_by_keyword_only_and_class_variables_take_no_place() -> None:
    made = Listed("t", (1,), caption="c")
    assert (made.title, made.rows, made.caption, made.kind) == ("t", (1,), "c", "k")
    with pytest.raises(TypeError):
        Listed("t", (1,), "c")  # type: ignore[call-arg]


def test_pydantic_reads_and_writes_it() -> None:
    adapter = TypeAdapter(Longer)
    made = adapter.validate_python({"x": 1, "z": [1, 2]})
    assert made == Longer(1, z=(1, 2))
    assert adapter.dump_python(made, mode="json") == {"x": 1, "y": "y", "z": [1, 2], "w": 0.5}
