"""What a machine needs that only serves a package: the libraries that the sources of serving import."""

from __future__ import annotations

from importlib.metadata import packages_distributions, version
from pathlib import Path

from stagewright.plugin.registry import Registry
from stagewright.plugin.sources import closure
from stagewright_plugins.packaging import signature

CORE = frozenset({"hydra", "omegaconf", "pydantic", "yaml"})  # what the framework itself stands on
SERVER = "gateway"
NAMED = frozenset({"httptools"})  # uvicorn loads it by a name that the gateway gives as text


def requirements(package: Path) -> dict[str, str]:
    """Distribution → version installed here, for the package's backend and the gateway."""
    registry = Registry()
    kinds = [("deploy.backend", signature.read(package)["platform"]), ("deploy.server", SERVER)]
    imported = CORE.union(NAMED, *(closure(registry.find(*kind), registry.roots)[1] for kind in kinds))
    carriers = packages_distributions()
    found = {name for module in imported for name in carriers.get(module, ())[:1]}
    return {name: version(name) for name in sorted(found, key=str.lower)}
