"""The document around the parts: head, contents, style and the little script; nothing is ever fetched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from stagewright._version import __version__
from stagewright.report.markup import Html, element, join
from stagewright.report.parts.part import Part


def document(title: str, banner: Html, parts: Sequence[Part]) -> str:
    """A whole page that works alone: offline, without JavaScript, in print."""
    body = element(
        "body",
        element("a", "Skip to the report", href="#report", class_="skip"),
        element(
            "div",
            _contents(parts),
            element("main", banner, map(_part, parts), _foot(), id="report"),
            class_="page",
        ),
        element("script", Html(_file("page.js"))),
    )
    return f"<!doctype html>\n{element('html', _head(title), body, lang='en')}\n"


def _head(title: str) -> Html:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=f"Stagewright {__version__}"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", Html(_file("page.css"))),
        element("style", Html(_file("dark.css")), id="dark", media="screen and (prefers-color-scheme: dark)"),
    )


@cache
def _policy() -> str:
    """The browser itself keeps the page offline, and runs no script but ours."""
    digest = b64encode(sha256(_file("page.js").encode()).digest()).decode()
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


@cache
def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _contents(parts: Sequence[Part]) -> Html:
    entries = [
        element(
            "li",
            element("a", part.title, _dot(part), href=f"#{part.anchor}"),
            class_="step" if part.step else None,
        )
        for part in parts
    ]
    return element(
        "nav", element("p", "Contents", class_="kicker"), element("ol", entries), aria_label="Contents"
    )


def _dot(part: Part) -> Html | None:
    words = {"good": "passed", "bad": "failed", "warning": "attention"}.get(part.tone)
    return element("i", class_=f"state {part.tone}", role="img", aria_label=words) if words else None


def _part(part: Part) -> Html:
    kicker = element("p", part.kicker, class_="kicker") if part.kicker else None
    heading = element("h2", part.title, id=f"{part.anchor}-title")
    return element(
        "section",
        element("header", kicker, heading),
        part.body,
        id=part.anchor,
        class_="part",
        aria_labelledby=f"{part.anchor}-title",
    )


def _foot() -> Html:
    return element("footer", join(f"Stagewright {__version__}"))
