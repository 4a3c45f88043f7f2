"""One HTTP request as ASGI hands it over: its headers, its body within limits, its id."""

from __future__ import annotations

import re
import zlib
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from itertools import count
from secrets import token_bytes
from typing import Any

from .batching import clock
from .refusal import RefusalError

Receive = Callable[[], Awaitable[Any]]
SAFE_ID = re.compile(rb"[\x21-\x7e]{1,128}")
# Ids that nobody can guess, without asking the system for randomness each time.
_secret, _numbers = token_bytes(32), count()
WBITS = {b"gzip": 31, b"deflate": 15}


class Request:
    """What handlers look at.

    Attributes:
        arrived: seconds of `clock`.
        id: from the header `X-Request-Id`, else made.
        id_given: whether the client named it.
        counted: whether its outcome is in the figures already.
    """

    __slots__ = ("_receive", "arrived", "counted", "headers", "id", "id_given", "method", "path")

    def __init__(self, scope: Any, receive: Receive) -> None:
        self.arrived = clock()
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self._receive, self.counted = receive, False
        given = self.headers.get(b"x-request-id")
        self.id_given = given is not None and SAFE_ID.fullmatch(given) is not None
        self.id = given.decode("ascii") if given is not None and self.id_given else _fresh_id()

    def named(self, identity: str) -> None:
        """Take the id in the body, where the header named none: labels and feedback will come under it."""
        if not self.id_given and SAFE_ID.fullmatch(identity.encode("utf-8", "replace")):
            self.id = identity

    def header(self, name: str) -> str:
        """A header's value; empty where it is missing."""
        return self.headers.get(name.lower().encode("latin-1"), b"").decode("latin-1")

    async def body(self, limit: int) -> bytes:
        """All of the body, decompressed; raises RefusalError, 413 beyond `limit` bytes."""
        length = self.headers.get(b"content-length", b"0")
        if length.isdigit() and (len(length) > 18 or int(length) > limit):
            raise _too_large(limit)
        message = await self._receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            body = await self._rest(body, limit)
        if message["type"] == "http.disconnect":
            raise _gone()
        if len(body) > limit:
            raise _too_large(limit)
        encoding = self.headers.get(b"content-encoding", b"").lower()
        return body if encoding in (b"", b"identity") else _decompressed(body, encoding, limit)

    async def _rest(self, first: bytes, limit: int) -> bytes:
        parts, size, more = [first], len(first), True
        while more:
            if size > limit:  # before asking for more: a client may wait for the answer first
                raise _too_large(limit)
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _gone()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
        return b"".join(parts)


def _fresh_id() -> str:
    return blake2b(next(_numbers).to_bytes(8, "big"), key=_secret, digest_size=16).hexdigest()


def _decompressed(body: bytes, encoding: bytes, limit: int) -> bytes:
    if encoding not in WBITS:
        said = encoding.decode("latin-1")
        raise RefusalError(415, f"content encoding {said!r} is not known; known are gzip and deflate")
    stream = zlib.decompressobj(WBITS[encoding])
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise RefusalError(400, f"the body is not {encoding.decode()}: {error}") from None
    if len(plain) > limit:
        raise _too_large(limit)
    if not stream.eof:
        raise RefusalError(400, f"the body ends before its {encoding.decode()} stream does")
    return plain


def _too_large(limit: int) -> RefusalError:
    return RefusalError(413, f"the body is larger than the {limit:,} bytes allowed")


def _gone() -> RefusalError:
    return RefusalError(400, "the client went away before its body was complete")
