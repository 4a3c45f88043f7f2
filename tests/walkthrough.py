"""A page of the documentation, done step by step in an empty folder as a reader would do it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from documents import Block, blocks

EXPECTED = re.compile(r"exit code (\d+)")


class Walkthrough:
    """Writes the files that blocks name, and types their commands into a shell with the installed program in reach.

    `replaced` are words of the page that mean something else here: a port, a run's id.
    """

    def __init__(self, folder: Path, replaced: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.replaced = replaced or {}
        self.port = "8080"
        self.servers: list[subprocess.Popen[str]] = []
        program = str(Path(sys.executable).parent)
        self.environment = os.environ | {
            "PATH": f"{program}{os.pathsep}{os.environ['PATH']}",
            "OMP_NUM_THREADS": "2",
        }

    def __enter__(self) -> Walkthrough:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def page(self, name: str) -> None:
        """Every block of a page, from top to bottom."""
        for block in blocks("yaml", "python", "console", "toml", page=name):
            self.block(block)

    def block(self, block: Block) -> None:
        """Write a file, or type commands."""
        if block.language == "console":
            for typed, said in block.typed:
                self.type(typed, said, block)
        elif block.file:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._here(block.text), encoding="utf-8")

    def type(self, typed: str, said: str, block: Block, codes: tuple[int, ...] | None = None) -> str:
        """One command; one that ends in `&` is left running. Gives what it printed.

        It has to end with 0, with the code that its comment names, or with one of `codes`.
        """
        command = self._here(re.sub(r"\s+#\s.*$", "", typed).strip())
        if command.endswith("&"):
            self._serve(command.removesuffix("&").strip(), block)
            return ""
        ended = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, check=False,
        )  # fmt: skip
        expected = EXPECTED.search(typed)
        codes = codes or (int(expected[1]) if expected else 0,)
        assert ended.returncode in codes, f"{block}: {command} exited {ended.returncode}\n{ended.stdout}"
        assert "Traceback" not in ended.stdout, f"{block}: {command}\n{ended.stdout}"
        for line in filter(None, self._here(said).splitlines()):
            assert line.strip() in ended.stdout, f"{block}: {command} does not print {line!r}\n{ended.stdout}"
        return ended.stdout

    def _serve(self, command: str, block: Block) -> None:
        server = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.servers.append(server)
        port = int(command.rpartition("--port ")[2].split()[0]) if "--port" in command else 8080
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert server.poll() is None, f"{block}: {command} ended\n{server.communicate()[0]}"
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{block}: {command} does not listen on {port}")

    def _here(self, text: str) -> str:
        for word, meant in self.replaced.items():
            text = text.replace(word, meant)
        return text


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])
