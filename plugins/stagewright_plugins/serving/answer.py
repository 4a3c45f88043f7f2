"""What goes back to a client: status, body, headers; and what is left to do once it has gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from .refusal import RefusalError

Headers = tuple[tuple[bytes, bytes], ...]
JSON = b"application/json"
TEXT = b"text/plain; charset=utf-8"
OCTETS = b"application/octet-stream"


@dataclass(slots=True)
class Answer:
    """One response.

    Attributes:
        after: called once the response is sent, so that it costs this client nothing.
    """

    status: int
    body: bytes = b""
    content_type: bytes = JSON
    headers: Headers = ()
    after: Callable[[], None] | None = None


def json_answer(value: Any, status: int = 200) -> Answer:
    """A value as JSON."""
    return Answer(status, orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY))


def refused(error: RefusalError) -> Answer:
    """`{"error": text}` with the error's status."""
    return Answer(error.status, orjson.dumps({"error": error.text}), JSON, error.headers)
