"""A request that cannot be answered: an HTTP status and one sentence that says why."""

from __future__ import annotations


class RefusalError(Exception):
    """Raised anywhere while a request is served; the gateway answers `{"error": text}` with the status.

    Attributes:
        headers: further response headers, such as `Retry-After`.
    """

    def __init__(self, status: int, text: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self.status, self.text, self.headers = status, text, headers
        super().__init__(text)
