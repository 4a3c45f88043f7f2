"""The worked example of each kind: one file that `new plugin` copies, docs show and tests hold to the contract."""

from __future__ import annotations

import re
from pathlib import Path

from stagewright.errors import StagewrightError
from stagewright.frozen import frozen

FOLDER = Path(__file__).with_name("examples")
_MARKED = re.compile(r"^@[\w.]+(?:\([^\n]*\))?\ndef (\w+)\(", re.MULTILINE)


@frozen
class Example:
    """A plugin that works as it is.

    Attributes:
        name: of its function, and of its file in a project.
        text: its source; the lines to replace are marked `yours`.
    """

    kind: str
    name: str
    text: str

    @property
    def summary(self) -> str:
        """What it does, the first line of its docstring."""
        return self.text.split('"""')[1].split("\n", 1)[0]

    def named(self, name: str) -> str:
        """The source under another name."""
        text = self.text.replace(f"\ndef {self.name}(", f"\ndef {name}(").replace(
            f'"{self.name}"', f'"{name}"'
        )
        begun = f"Begun from the example of {self.kind}: the lines marked `yours` are the ones to replace."
        return text.replace(f'"""{self.summary}"""', f'"""{self.summary}\n\n{begun}\n"""', 1)


def example(kind: str) -> Example:
    """The example of a kind; raises StagewrightError where there is none."""
    path = FOLDER / f"{kind.replace('.', '_')}.py"
    if not path.is_file():
        raise StagewrightError(f"there is no example of {kind} to begin from; see docs/plugins.md")
    text = path.read_text(encoding="utf-8")
    found = _MARKED.search(text)
    assert found, f"{path} has no marked function"
    return Example(kind, found[1], text)
