"""A server in plain HTTP: says that it is ready, until it is told to stop."""

import signal
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import deploy
from stagewright.stages.deploy import ServerInputs


@deploy.server
def ready_only(
    inputs: ServerInputs, /, *, port: Annotated[int, Field(ge=1, le=65535, description="to listen on")] = 8080
) -> int:
    """Answers 200 to everything; stops at SIGTERM."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(inputs.name.encode())  # yours: what is answered

    server = HTTPServer(("127.0.0.1", port), Answer)

    def stop(*_: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    with server:
        server.serve_forever()
    return 0
