"""The functions that an interpolation may call, `${oc.env:HOME}`: OmegaConf's own and no others.

Hydra adds `hydra:` and `now:` to the process once it has run, and so may a notebook; a recipe that could use them
would mean one thing there and another in a fresh process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from omegaconf.basecontainer import BaseContainer


@contextmanager
def only_omegaconfs_own() -> Iterator[None]:
    """While it is open, all other resolvers are unknown."""
    found = BaseContainer._resolvers
    BaseContainer._resolvers = {name: call for name, call in found.items() if name.startswith("oc.")}
    try:
        yield
    finally:
        BaseContainer._resolvers = found
