"""What a translation must carry over unchanged: placeholders, tags, entities, addresses, accelerators.

%s %(name)s %5.2f %%      Python's and C's formats
{} {name} {0!r:>8}        str.format
<a href="..."> </a>       tags
&nbsp; &File              entities; the `&` before an accelerator key
https://...               addresses
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MOST = 10  # of one text; those beyond stay as they are
_CONVERSION = r"[#0+-]*\d*(?:\.\d+)?[sdifrcxXeEgG]"
PATTERN = re.compile(
    r"<[A-Za-z/!][^<>]*>"
    r"|%%"
    rf"|%\([A-Za-z0-9_.]+\){_CONVERSION}"
    rf"|%{_CONVERSION}(?![A-Za-z])"
    r"|\{[A-Za-z0-9_.\[\]]*(?:![rsa])?(?::[^{}]*)?\}"
    r"|&#?[A-Za-z0-9]+;"
    r"|&(?=[A-Za-z])"
    r"|https?://[^\s<>\"]+"
)
MARKS = tuple(f"⟦{i}⟧" for i in range(MOST))
_MARK = re.compile(r"⟦(\d)⟧")


def found(text: str) -> list[str]:
    """All of them in order."""
    return PATTERN.findall(text)


def missing(source: str, target: str) -> int:
    """How many of the source's are not in the target; one that occurs twice counts twice."""
    return sum((Counter(found(source)) - Counter(found(target))).values())


def mismatched(source: str, target: str) -> int:
    """How many are on one side only: missing and invented ones."""
    one, other = Counter(found(source)), Counter(found(target))
    return sum((one - other).values()) + sum((other - one).values())


def masked(source: str) -> tuple[str, list[str]]:
    """The text with each of them as a mark `⟦0⟧`, `⟦1⟧`, ..., equal ones as the same, and what they stand for."""
    kept: dict[str, int] = {}

    def mark(match: re.Match[str]) -> str:
        text = match.group()
        if text not in kept and len(kept) == MOST:
            return text
        return MARKS[kept.setdefault(text, len(kept))]

    return PATTERN.sub(mark, source), list(kept)


def masked_like(target: str, kept: Sequence[str]) -> str:
    """The text with those of `kept` as their marks; others stay as they are."""
    marks = dict(zip(kept, MARKS, strict=False))
    return PATTERN.sub(lambda match: marks.get(match.group(), match.group()), target)


def restored(text: str, kept: Sequence[str]) -> str:
    """The text with its marks replaced by what they stand for; a mark that stands for nothing goes."""
    return _MARK.sub(lambda match: kept[int(match[1])] if int(match[1]) < len(kept) else "", text)
