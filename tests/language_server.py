"""The real yaml-language-server (what VS Code, Neovim and others run), installed by npm and spoken to over stdio."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

VERSION = "1.25.0"  # the newest that runs on Node 20
SETTINGS = {
    "yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}},
    "http": {},
    "[yaml]": {"editor.tabSize": 2},
    "vscode-yaml": {},
}


@cache
def missing() -> str:
    """Why the language server cannot run here; empty where it can. Installs it once per machine."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "needs Node.js and npm"
    if _program().is_file():
        return ""
    ended = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(_folder()), f"yaml-language-server@{VERSION}"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return (
        ""
        if ended.returncode == 0
        else f"npm cannot install yaml-language-server: {ended.stderr.strip()[-200:]}"
    )


def _folder() -> Path:
    cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache_home) / "stagewright-tests" / f"yaml-language-server-{VERSION}"


def _program() -> Path:
    return _folder() / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


@dataclass
class LanguageServer:
    """One server, while the `with` block lasts."""

    root: Path
    process: subprocess.Popen[bytes] = field(init=False)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ids: int = 0

    def __enter__(self) -> LanguageServer:
        self.process = subprocess.Popen(
            ["node", str(_program()), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        content = ["markdown", "plaintext"]
        text = {
            "hover": {"contentFormat": content},
            "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": content}},
            "publishDiagnostics": {},
        }
        capabilities = {"textDocument": text, "workspace": {"configuration": True}}
        self.ask(
            "initialize", {"processId": None, "rootUri": self.root.as_uri(), "capabilities": capabilities}
        )
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": SETTINGS}})
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def open(self, folder: Path, text: str) -> Opened:
        """A file of this text in a folder, as an editor would open it before it is saved."""
        self.ids += 1
        uri = (folder / f"opened_{self.ids}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while uri not in self.told:
            self._hear()
        return Opened(self, uri, tuple(f"{_line(item)}: {item['message']}" for item in self.told[uri]))

    def ask(self, method: str, params: Mapping[str, Any]) -> Any:
        self.ids += 1
        own = self.ids
        self._send({"id": own, "method": method, "params": params})
        while True:
            message = self._hear()
            if message.get("id") == own and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _send(self, message: Mapping[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            assert line or self.process.poll() is None, "the language server ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        self._answer(message)
        return message

    def _answer(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self.told[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method == "workspace/configuration":
            result = [SETTINGS.get(item.get("section", ""), {}) for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": result})
        elif method and "id" in message:
            self._send({"id": message["id"], "result": None})


def _line(diagnostic: Mapping[str, Any]) -> int:
    return int(diagnostic["range"]["start"]["line"]) + 1


@dataclass
class Opened:
    """A file that is open in a server; lines and columns count from 1, as in the messages of `check`.

    Attributes:
        diagnostics: `line: message` of each.
    """

    server: LanguageServer
    uri: str
    diagnostics: tuple[str, ...]

    def completions(self, line: int, column: int) -> dict[str, dict[str, Any]]:
        """What is offered at a place, by label."""
        found = self.server.ask("textDocument/completion", self._at(line, column))
        return {item["label"]: item for item in found["items"]}

    def hover(self, line: int, column: int) -> str:
        """What is shown at a place."""
        found = self.server.ask("textDocument/hover", self._at(line, column))
        return str(found["contents"]["value"]) if found else ""

    def _at(self, line: int, column: int) -> dict[str, Any]:
        return {"textDocument": {"uri": self.uri}, "position": {"line": line - 1, "character": column - 1}}
