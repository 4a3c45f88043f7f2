"""Who may ask for what: an optional bearer token, and no foreign web page."""

from __future__ import annotations

from hmac import compare_digest

from .refusal import RefusalError
from .request import Request

# Probes carry no secrets and must work for orchestrators.
OPEN = frozenset({"/v2/health/live", "/v2/health/ready", "/ping", "/health"})


class Access:
    """Checks requests against one token; without a token everybody who reaches the port may ask."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode() if token else b""

    def check(self, request: Request) -> None:
        """Raise RefusalError 401 where the token is missing or wrong."""
        if self._expected and request.path not in OPEN and not self._carried(request):
            text = "this gateway needs a token: send the header `Authorization: Bearer <token>`"
            raise RefusalError(401, text, ((b"www-authenticate", b"Bearer"),))

    def check_command(self, request: Request) -> None:
        """Raise RefusalError 403 for a command from a web page, where no token keeps it out.

        A page that the user looks at can make the browser post to 127.0.0.1; browsers then say where from.
        """
        if not self._expected and b"origin" in request.headers:
            raise RefusalError(403, "commands from web pages need a token (`stagewright serve --token-file`)")

    def _carried(self, request: Request) -> bool:
        return compare_digest(request.headers.get(b"authorization", b""), self._expected)
