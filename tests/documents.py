"""The fenced blocks of the documentation, so that tests can do what it tells a reader to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GENERATED = ROOT / "docs" / "plugins"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^# ([\w./]+\.(?:py|yaml|toml))")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        page: file it stands in, relative to the repository.
        line: where its text begins.
        file: the file that its first comment says it is (`# plugins/train/model/wonder.py`), if it says so.
    """

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        found = FILE.match(self.text)
        return found[1] if found else None

    @property
    def typed(self) -> list[tuple[str, str]]:
        """(what a reader types, what is printed then) of a console block; continued lines are joined."""
        parts = re.split(r"^\$ ", self.text.replace("\\\n", " "), flags=re.MULTILINE)[1:]
        return [(typed, said) for typed, _, said in (part.partition("\n") for part in parts)]


def pages() -> list[Path]:
    """Every page a person wrote."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if GENERATED not in page.parents and "decisions" not in page.parts]


def blocks(*languages: str, page: str = "") -> list[Block]:
    """The blocks of some languages, of all pages or of one."""
    return [
        block
        for path in pages()
        if not page or path == ROOT / page
        for block in _blocks(path)
        if block.language in languages
    ]


def _blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start(2)) + 1
        yield Block(path.relative_to(ROOT).as_posix(), line, found[1], found[2])
