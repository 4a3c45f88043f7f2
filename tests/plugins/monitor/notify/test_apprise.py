"""Apprise: a notice reaches a real HTTP server; what cannot be delivered is an error."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.monitor import Notice
from stagewright.testing import context
from stagewright_plugins.monitor.notify.apprise import apprise

NOTICE = Notice("toy: Drop fires", "accuracy is 0.4", "page", {"model": "toy"})


@pytest.fixture
def server():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            """Quiet."""

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield http.server_address[1], received
    http.shutdown()
    http.server_close()


def test_a_notice_is_delivered(server, tmp_path, monkeypatch):
    port, received = server
    monkeypatch.setenv("HOOK_PORT", str(port))
    deliver = apprise(context(tmp_path), urls=["json://127.0.0.1:${HOOK_PORT}/hook"])
    deliver(NOTICE)
    assert [(item["title"], item["message"], item["type"]) for item in received] == [
        ("toy: Drop fires", "accuracy is 0.4", "failure")
    ]


def test_nobody_listening_is_an_error(tmp_path):
    with pytest.raises(StagewrightError, match="could not be delivered"):
        apprise(context(tmp_path), urls=["json://127.0.0.1:1/hook"])(NOTICE)


def test_nonsense_and_missing_secrets_are_named_without_the_url(tmp_path):
    with pytest.raises(StagewrightError, match="URL 1 is none that Apprise knows"):
        apprise(context(tmp_path), urls=["nonsense"])(NOTICE)
    with pytest.raises(StagewrightError, match="environment has no NO_SUCH_SECRET"):
        apprise(context(tmp_path), urls=["slack://${NO_SUCH_SECRET}"])(NOTICE)
