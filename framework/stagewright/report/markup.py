"""HTML and SVG from Python values: whatever is not already `Html` is escaped, so nothing slips through."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as _escape
from typing import Any, TypeAlias

_VOID = frozenset({"br", "hr", "img", "link", "meta"})
# Control characters are not allowed in HTML, and lone surrogates cannot be written as UTF-8.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Html(str):
    """Markup, safe to place in the page as it stands."""

    __slots__ = ()


Child: TypeAlias = "str | int | float | Iterable[Child] | None"


def escape(value: object) -> Html:
    """Any value as text."""
    return Html(_escape(_FORBIDDEN.sub("�", str(value))))


def join(*children: Child) -> Html:
    """Children one after the other: markup stays, text is escaped, None disappears, iterables unfold."""
    return Html("".join(_parts(children)))


def element(name: str, /, *children: Child, **attributes: Any) -> Html:
    """One element: `class_` is `class`, `stroke_width` is `stroke-width`; None and False leave one out."""
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    if name in _VOID:
        return Html(opening)
    return Html(f"{opening}{join(*children)}</{name}>")


def coded(text: str) -> Html:
    """A message as text; what stands in `backticks` is code, to be copied."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one is not closed
        return escape(text)
    return join(element("code", part) if index % 2 else part for index, part in enumerate(parts))


def slug(text: str) -> str:
    """A fragment identifier: `train/unet` becomes `train-unet`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


def _parts(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            yield child
        elif isinstance(child, str | int | float):
            yield escape(child)
        else:
            yield from _parts(child)


def _attribute(key: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:.6g}" if isinstance(value, float) else value
    return f' {name}="{escape(text)}"'
