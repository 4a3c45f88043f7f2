"""`--help` wherever it stands: `stagewright run RECIPE --help` prints help, and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence


def wants_help(args: Sequence[str]) -> bool:
    """Whether any word asks for help."""
    return "-h" in args or "--help" in args
