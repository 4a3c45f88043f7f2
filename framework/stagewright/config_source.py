"""Hydra's file source with two additions: it remembers what was looked up, and its errors have places."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.plugins.config_source import ConfigResult
from omegaconf.errors import OmegaConfBaseException
from omegaconf.grammar_parser import parse

from stagewright.errors import Place, Problem, RecipeError
from stagewright.quick_yaml import quickly


class WatchedSource(FileConfigSource):
    """One folder of the search path.

    Attributes:
        looked_up: every path asked for, existing or not: a file that appears there later changes the
            composition too.
    """

    def __init__(self, provider: str, folder: Path) -> None:
        super().__init__(provider, f"file://{folder}")
        self.looked_up: set[str] = set()

    def load_config(self, config_path: str) -> ConfigResult:
        """Load one file; raises RecipeError with line and column where it is not YAML."""
        path = os.path.join(self.path, self._normalize_file_name(config_path))
        try:
            result = self._quickly(path) or super().load_config(config_path)
        except (
            yaml.YAMLError,
            UnicodeDecodeError,
            OmegaConfBaseException,
            RecursionError,
            ValueError,
        ) as error:
            raise RecipeError([_problem(path, error)]) from error
        except OSError as error:
            said = error.strerror or str(error)
            raise RecipeError([Problem("", f"cannot be read: {said}", Place(path))]) from error
        if not hasattr(result.config, "items"):
            said = "holds a list; a recipe or a config group's file is a mapping of keys"
            raise RecipeError([Problem("", said, Place(path, 1, 1))])
        return result

    def _quickly(self, path: str) -> ConfigResult | None:
        if not os.path.isfile(path):
            return None
        with open(path, encoding="utf-8") as file:
            header = self._get_header_dict(file.read(512))
            file.seek(0)
            config = quickly(file)
        if config is None:
            return None
        return ConfigResult(self.provider, f"{self.scheme()}://{self.path}", config, header)

    def is_group(self, config_path: str) -> bool:
        """Whether the folder has such a group."""
        self.looked_up.add(os.path.join(self.path, config_path))
        return super().is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        """Whether the folder has such a file."""
        self.looked_up.add(os.path.join(self.path, self._normalize_file_name(config_path)))
        return super().is_config(config_path)


def _problem(path: str, error: Exception) -> Problem:
    if isinstance(error, UnicodeDecodeError):
        before = Path(path).read_bytes()[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        return Problem("", "is not UTF-8 text; save the file as UTF-8", Place(path, line, column))
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        said = f"is not valid YAML: {getattr(error, 'problem', None) or error}{_advice(path, mark.line)}"
        return Problem("", said, _place(path, mark))
    position = getattr(error, "position", None)
    if isinstance(position, int):
        text = Path(path).read_text(encoding="utf-8", errors="replace")[:position]
        said = f"is not valid YAML: {getattr(error, 'reason', error)}"
        return Problem("", said, Place(path, text.count("\n") + 1, position - text.rfind("\n")))
    if isinstance(error, RecursionError):
        return Problem("", "is nested too deeply", Place(path, 1, 1))
    # OmegaConf reads interpolations while loading; it says which text is wrong, not where it stands.
    said = f"is not valid: {' '.join(str(error).splitlines()[:1])}"
    return next(_texts_said_wrong(path), Problem("", said, Place(path, 1, 1)))


def _texts_said_wrong(path: str) -> Iterator[Problem]:
    for event in yaml.parse(Path(path).read_text(encoding="utf-8")):
        if isinstance(event, yaml.ScalarEvent) and "${" in event.value:
            try:
                parse(event.value)
            except OmegaConfBaseException:
                said = f"{event.value!r} is not an interpolation: write ${{a.key}}"
                yield Problem("", said, _place(path, event.start_mark))


def _place(path: str, mark: Any) -> Place:
    return Place(path, mark.line + 1, mark.column + 1) if mark else Place(path, 1, 1)


def _advice(path: str, line: int) -> str:
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    text = lines[line] if line < len(lines) else ""
    if "\t" in text[: len(text) - len(text.lstrip())]:
        return "; indent with spaces, not tabs"
    return ""
