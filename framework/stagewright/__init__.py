"""Stagewright: one YAML recipe for the whole machine-learning lifecycle.

`from stagewright import load` opens a recipe in a notebook (`stagewright.api`).
"""

TYPE_CHECKING = False  # as in `typing`, which costs more to import than an unchanged `check` takes

if TYPE_CHECKING:
    from stagewright.api import load, runs

__all__ = ["load", "runs"]


def __getattr__(name: str) -> object:
    """The Python interface, imported when it is first used."""
    if name in __all__:
        from stagewright import api

        return getattr(api, name)
    raise AttributeError(f"module 'stagewright' has no attribute {name!r}")
