"""A contract: one place in a recipe, the type it is handed and the type it gives back.

A plugin is a typed callable carrying a contract's mark. What the framework hands over is its one
positional parameter; what the recipe may say are its keyword-only parameters, so the signature is the
schema. The mark returns the callable unchanged: a test calls it like any other function.

    @train.model
    def unet(task: Task, /, *, width: Annotated[int, Field(ge=4)] = 16) -> "nn.Module": ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from stagewright.frozen import frozen

In = TypeVar("In")
Out = TypeVar("Out")
S = ParamSpec("S")

MARK = "__stagewright__"
DEFINITION = "x-definition"  # in JSON Schema: the definition of `stagewright schema` that stands there


@frozen
class NoFacts:
    """For contracts whose plugins declare nothing beyond their signature."""


@frozen
class Mark:
    """What a marked callable carries: its contract, and the facts that `check` needs without running it."""

    contract: Contract[Any, Any]
    facts: Any


class Marker(Protocol[In, Out]):
    """The decorator that `contract(fact=...)` returns."""

    def __call__(self, plugin: Callable[Concatenate[In, S], Out], /) -> Callable[Concatenate[In, S], Out]: ...


@dataclass(frozen=True, eq=False)
class Contract(Generic[In, Out]):
    """One section (`train`) or one kind inside a section (`train.model`).

    Attributes:
        name: dotted name; also the folder its plugins live in (`train/model/<type>.py`).
        takes: type of the one positional parameter of every plugin.
        gives: type of what every plugin returns (`Any` where it comes from a heavy library).
        facts: dataclass of what a plugin declares on the mark, known without calling it.
        sees: of an input, the fields that plugins of this contract are shown; the others have their defaults, so
            that what changes in them changes nothing here. An input that is not named is shown whole.
        uses: kinds that plugins of this contract resolve by name only while they work; the source of every
            plugin of these kinds is part of the fingerprint.
    """

    name: str
    takes: Any
    gives: Any = Any
    facts: type[Any] = field(default=NoFacts)
    uses: tuple[str, ...] = ()
    sees: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def shown(self, name: str, value: Any) -> Any:
        """An input as plugins of this contract are shown it."""
        if value is None or name not in self.sees:
            return value
        return type(value)(**{item: getattr(value, item) for item in self.sees[name]})

    @overload
    def __call__(self, plugin: Callable[Concatenate[In, S], Out], /) -> Callable[Concatenate[In, S], Out]: ...
    @overload
    def __call__(self, **facts: Any) -> Marker[In, Out]: ...
    def __call__(self, plugin: Any = None, /, **facts: Any) -> Any:  # type: ignore[misc]
        """Mark a callable as a plugin of this contract; raises TypeError for unknown facts."""
        mark = Mark(self, self.facts(**facts))

        def attach(target: Callable[..., Any]) -> Callable[..., Any]:
            setattr(target, MARK, mark)
            return target

        return attach if plugin is None else attach(plugin)

    def __get_pydantic_json_schema__(self, _core: Any, _handler: Any) -> dict[str, str]:
        """A model's field marked with a contract holds a plugin of it: told to editors by name."""
        return {DEFINITION: self.name}


@frozen
class Component(Generic[In, Out]):
    """A plugin with the recipe's settings bound: call it with what its contract takes.

    A setting typed `Annotated[Component[Task, Any], model]` (every contract module names such an alias,
    `train.ModelChoice`) is a plugin inside a plugin: in the recipe a mapping with its own `type:`.
    """

    kind: str
    type: str
    settings: Mapping[str, Any]
    plugin: Callable[..., Any]
    facts: Any = None

    def __call__(self, given: In, /) -> Out:
        """Run the plugin with the bound settings."""
        result: Out = self.plugin(given, **self.settings)
        return result

    def spec(self) -> dict[str, Any]:
        """The recipe mapping this came from, defaults included: JSON, enough to build it again."""
        return {"type": self.type} | {name: plain(value) for name, value in self.settings.items()}


def plain(value: Any) -> Any:
    """Settings as JSON: components become their spec, tuples lists, everything else str if unknown."""
    if isinstance(value, Component):
        return value.spec()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@frozen
class Default:
    """A plugin setting's default: `loss: LossChoice = use("dice_cross_entropy")`."""

    type: str
    settings: Mapping[str, Any]


def use(type: str, /, **settings: Any) -> Any:
    """The default for a plugin-valued setting, by registered name; typed `Any` so that it fits any choice."""
    return Default(type, settings)


@frozen
class WithoutEffect:
    """Marks a setting that cannot change a result (worker count, progress bar): not fingerprinted."""


@frozen
class SumsTo:
    """Marks numbers that belong together: all settings of a plugin so marked must sum to `total`."""

    total: float


@frozen
class InputPath:
    """Marks a path setting whose content the step reads: every byte below it is fingerprinted."""


@frozen
class OutputPath:
    """Marks a path setting that the step writes to, outside of its artifact: a later step may read it."""


@frozen
class LiveMasks:
    """Marks a setting that names a live model (empty: the recipe's own) whose labelled masks the step reads.

    Every byte of them is fingerprinted; requests without a mask change nothing.
    """
