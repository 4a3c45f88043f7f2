"""The nearest right name for a misspelt one."""

from __future__ import annotations

import re
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None if nothing is close."""
    from difflib import get_close_matches  # only needed once something is wrong

    known = list(known)
    lowered = {item.lower().replace("-", "_"): item for item in known}
    found = get_close_matches(name.lower().replace("-", "_"), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def suggestion(name: str, known: Iterable[str], what: str = "") -> str:
    """`did you mean 'x'?`, or the list of what there is."""
    known = sorted(known)
    match = nearest(name, known)
    if match:
        return f"did you mean {match!r}?"
    if not known:
        return f"there is no {what} to choose from" if what else "nothing is known here"
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"known: {shown}"


def suggested(message: str) -> str | None:
    """The name that a message ends up suggesting, if it does: what `suggestion` wrote into it."""
    found = re.search(r"did you mean (['\"])(.*)\1\?", message)
    return found[2] if found else None
