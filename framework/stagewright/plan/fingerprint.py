"""What a step's fingerprint is made of, and the fingerprint. Equal fingerprint, no work.

It covers the plugin and its source, the resolved settings, the content of the paths they name, the fingerprints
of the steps before, the seed, and the versions of the libraries behind the plugin. Paths, log levels and machine
names are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from stagewright import lifecycle
from stagewright._version import __version__
from stagewright.content import path_digest
from stagewright.contract import Component
from stagewright.live import event_log
from stagewright.plugin.binding import walk
from stagewright.plugin.registry import Registry
from stagewright.plugin.settings import Setting, settings_of
from stagewright.plugin.sources import closure, library_versions, source_digest


def fingerprint_of(step: str, parts: Mapping[str, Any]) -> str:
    """SHA-256 over the parts, shortened to 32 hex digits."""
    section = lifecycle.step_section(step).name
    text = json.dumps([section, parts], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:32]


def digest(value: Any) -> str:
    """Of a value made of values: equal content, equal digest."""
    return sha256(repr(value).encode()).hexdigest()[:32]


@dataclass
class Ingredients:
    """The parts of fingerprints, for the steps of one recipe.

    Attributes:
        recipe: its name.
        home: the project's store.
        memo: digests and versions, once they are known.
    """

    recipe: str
    home: Path
    registry: Registry
    memo: dict[Any, Any] = field(default_factory=dict)

    def parts(
        self,
        component: Component[Any, Any],
        uses: tuple[str, ...],
        inputs: Mapping[str, str],
        seed: int | None,
    ) -> dict[str, Any]:
        """What the fingerprint of a step is made of; `uses` are the kinds of which its stage may use any plugin."""
        return {
            "settings": self._settings(component),
            "source": {**self._sources(component), **self._used_kinds(uses)},
            "inputs": dict(inputs),
            "seed": seed,
            "versions": {"stagewright": __version__} | self._versions(component),
        }

    def _settings(self, component: Component[Any, Any]) -> dict[str, Any]:
        settings = settings_of(component.plugin)
        kept = {
            name: self._setting(value, settings[name])
            for name, value in component.settings.items()
            if not settings[name].without_effect
        }
        return {"type": component.type, **kept}

    def _setting(self, value: Any, item: Setting) -> Any:
        if isinstance(value, Component):
            return self._settings(value)
        if isinstance(value, list | tuple):
            return [self._setting(part, item) for part in value]
        if isinstance(value, Mapping):
            return {str(key): self._setting(part, item) for key, part in value.items()}
        if item.live_masks:
            name = str(value or self.recipe)
            return {"name": name, **self._content(event_log.folder(self.home, name) / event_log.MASKS)}
        if item.input_path and isinstance(value, Path | str):
            return self._content(Path(value))
        if hasattr(value, "model_dump"):
            return value.model_dump(mode="json")
        return value if isinstance(value, str | int | float | bool | None) else str(value)  # a date

    def _content(self, path: Path) -> dict[str, str]:
        return {"content": path_digest(path, self.home / "cache" / "paths.json")}

    def _sources(self, component: Component[Any, Any]) -> dict[str, str]:
        found = {}
        for _, part in walk(component, ()):
            found[f"{part.kind}/{part.type}"] = self._known("source", part.kind, part.type)
        return found

    def _used_kinds(self, kinds: tuple[str, ...]) -> dict[str, str]:
        if kinds not in self.memo:
            used = [plugin for kind in kinds for plugin in self.registry.names(kind)]
            roots = self.registry.roots
            self.memo[kinds] = {f"{item.kind}/{item.name}": source_digest(item, roots) for item in used}
        found: dict[str, str] = self.memo[kinds]
        return found

    def _versions(self, component: Component[Any, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for _, part in walk(component, ()):
            found |= self._known("versions", part.kind, part.type)
        return dict(sorted(found.items()))

    def _known(self, what: str, kind: str, name: str) -> Any:
        """Source digest or library versions of a plugin, looked up once."""
        if (what, kind, name) not in self.memo:
            plugin, roots = self.registry.find(kind, name), self.registry.roots
            self.memo["source", kind, name] = source_digest(plugin, roots)
            self.memo["versions", kind, name] = library_versions(closure(plugin, roots)[1])
        return self.memo[what, kind, name]
