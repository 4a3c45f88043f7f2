"""Which loaded package each arm is; changed only whole, on the event loop, between two requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .loaded import Loaded
from .refusal import RefusalError

STABLE, CANARY, SHADOW = "stable", "canary", "shadow"


class Arms:
    """The packages in memory.

    A request keeps the package it was given until it is answered, so an arm that changes meanwhile harms
    none; the old package is freed with its last request.

    Attributes:
        name: of the model, as requests say it.
        previous: what `stable` was before the last promotion, for a rollback.
        last: where the package lies that was unloaded.
    """

    def __init__(self, name: str, stable: Loaded | None, canary: Loaded | None = None) -> None:
        self.name = name
        self.stable, self.canary = stable, canary
        self.previous: Loaded | None = None
        self.last: Path | None = None

    def __iter__(self) -> Iterator[tuple[str, Loaded]]:
        """Arm and package, of those that are loaded."""
        yield from ((arm, model) for arm, model in ((STABLE, self.stable), (CANARY, self.canary)) if model)

    def serving(self) -> Loaded:
        """The stable package; refuses with 503 where it was unloaded."""
        if self.stable is None:
            raise RefusalError(503, f"model {self.name!r} is unloaded; load it again")
        return self.stable

    def version(self, wanted: str) -> tuple[str, Loaded]:
        """The arm with that version; refuses one that is not in memory."""
        for arm, model in self:
            if model.version == wanted:
                return arm, model
        here = ", ".join(repr(model.version) for _, model in self) or "none"
        raise RefusalError(404, f"model {self.name!r} has no version {wanted!r} here; loaded: {here}")

    def known(self, name: str) -> None:
        """Refuse another model's name."""
        if name != self.name:
            raise RefusalError(404, f"no model {name!r} here; this gateway serves {self.name!r}")

    def unload(self) -> None:
        """Nobody is answered until something is loaded again."""
        if self.stable is not None:
            self.last, self.stable = self.stable.path, None

    def promote(self) -> None:
        """The canary becomes stable."""
        if self.canary is not None:
            self.previous, self.stable, self.canary = self.stable, self.canary, None

    def roll_back(self) -> None:
        """The canary goes; after a promotion, what was stable before comes back."""
        if self.canary is None and self.previous is not None:
            self.stable, self.previous = self.previous, None
        self.canary = None
