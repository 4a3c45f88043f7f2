"""`@frozen`: a frozen dataclass whose methods are shared, not compiled anew for each class.

`@dataclass(frozen=True)` compiles seven functions a class, two thirds of a millisecond; with more than a hundred
classes that every command imports, it was a tenth of `stagewright check`. `dataclasses.fields`, `replace`, `asdict`
and pydantic see an ordinary dataclass.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import cache
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T], /) -> type[T]:
    """Make a class of annotated fields a value: compared by content, never changed once made."""
    made = dataclass(init=False, repr=False, eq=False)(cls)
    for name, method in _METHODS.items():
        if name not in cls.__dict__:
            setattr(made, name, method)
    return made


@cache
def _places(cls: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Every field by name, and the names that may be given by position."""
    own = {item.name: item for item in fields(cls)}
    return own, tuple(name for name, item in own.items() if not item.kw_only)


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    own, positional = _places(self.__class__)
    if len(args) > len(positional):
        raise TypeError(f"{type(self).__name__} takes {len(positional)} values by position, got {len(args)}")
    given = dict(zip(positional, args, strict=False))
    if wrong := given.keys() & kwargs.keys() or kwargs.keys() - own.keys():
        raise TypeError(f"{type(self).__name__} got an unexpected or repeated value for {', '.join(wrong)}")
    given |= kwargs
    values = {name: given[name] if name in given else _default(self, item) for name, item in own.items()}
    self.__dict__.update(values)


def _default(self: Any, item: Any) -> Any:
    if item.default is not MISSING:
        return item.default
    if item.default_factory is not MISSING:
        return item.default_factory()
    raise TypeError(f"{type(self).__name__} misses a value for {item.name!r}")


def _repr(self: Any) -> str:
    said = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self) if item.repr)
    return f"{type(self).__qualname__}({said})"


def _content(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, item.name) for item in fields(self) if item.compare)


def _eq(self: Any, other: object) -> bool:
    return _content(self) == _content(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_content(self))


def _refuse(self: Any, name: str, *_: Any) -> None:
    raise FrozenInstanceError(f"cannot change {name!r} of a {type(self).__name__}")


_METHODS = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}
