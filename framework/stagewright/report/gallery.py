"""Pictures of an artifact, embedded so that the page needs nothing beside itself."""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from stagewright.report.figures import size
from stagewright.report.markup import Html, element

LARGEST = 4_000_000  # bytes of one picture; larger ones are named, not embedded
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_SMALL = 160  # pixels below which an enlarged picture keeps its pixels sharp


class Refused(ValueError):
    """A picture that is not embedded, and why."""


def gallery(block: Mapping[str, Any], folder: Path) -> Html:
    """A `Gallery` block of the artifact in `folder`."""
    across = int(block.get("columns") or 0)
    figures = [_figure(picture, folder) for picture in block["pictures"]]
    style = f"--across:{across}" if across > 0 else None
    return element("div", figures, class_="gallery fixed" if style else "gallery", style=style)


def read(folder: Path, name: str) -> tuple[bytes, str]:
    """Bytes and media type of a picture; raises Refused unless it is a PNG or JPEG inside the folder."""
    relative = PurePosixPath(name)
    path = folder / relative
    if relative.is_absolute() or ".." in relative.parts or "\0" in name:
        raise Refused("lies outside its artifact")
    if not path.is_file():
        raise Refused("is missing")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Refused("is a link to outside its artifact")
    if path.stat().st_size > LARGEST:
        raise Refused(f"is too large to embed ({size(path.stat().st_size)})")
    data = path.read_bytes()
    kind = next((kind for start, kind in _KINDS.items() if data.startswith(start)), None)
    if kind is None:
        raise Refused("is neither PNG nor JPEG")
    return data, kind


def _figure(picture: Mapping[str, Any], folder: Path) -> Html:
    name, caption = str(picture["path"]), str(picture.get("caption") or "")
    try:
        data, kind = read(folder, name)
    except (Refused, OSError) as error:
        reason = error if isinstance(error, Refused) else "cannot be read"
        shown = element("div", f"{name} {reason}", class_="no-picture")
    else:
        shown = _image(data, kind, caption or PurePosixPath(name).stem)
    return element("figure", shown, element("figcaption", caption) if caption else None)


def _image(data: bytes, kind: str, told: str) -> Html:
    width, height = struct.unpack(">II", data[16:24]) if kind == "image/png" else (None, None)
    source = f"data:{kind};base64,{b64encode(data).decode()}"
    small = width is not None and width < _SMALL
    return element(
        "img",
        src=Html(source),
        alt=told,
        width=width,
        height=height,
        decoding="async",
        class_="small" if small else None,
    )
