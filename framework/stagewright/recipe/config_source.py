"""Hydra's file source with two additions: it remembers what was looked up, and its errors have places."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from omegaconf.grammar_parser import parse

from stagewright.errors import Place, Problem, RecipeError
from stagewright.recipe import plainness
from stagewright.recipe.quick_yaml import quickly


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
        if problems := list(plainness.problems(path)):
            raise RecipeError(problems)
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
            if error.errno is None:  # how OmegaConf says that a file holds a number
                raise RecipeError([_no_mapping(path, "one value")]) from error
            raise RecipeError([Problem("", f"cannot be read: {error.strerror}", Place(path))]) from error
        if not hasattr(result.config, "items"):
            raise RecipeError([_no_mapping(path, "a list")])
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


class AbsentSource(ConfigSource):
    """Stands in for files that do not exist, as empty ones, so that the rest of a recipe is looked at, too."""

    def __init__(self) -> None:
        super().__init__("absent", "absent://")
        self.names: set[str] = set()

    @staticmethod
    def scheme() -> str:
        """No address leads here."""
        return "absent"

    def load_config(self, config_path: str) -> ConfigResult:
        """An empty mapping, which adds no key wherever it is put."""
        return ConfigResult(self.provider, self.full_path(), OmegaConf.create(), {"package": "_global_"})

    def is_group(self, config_path: str) -> bool:
        """Never: what is missing is not offered to choose from."""
        return False

    def is_config(self, config_path: str) -> bool:
        """Whether the file is one that is stood in for."""
        return config_path.removesuffix(".yaml") in self.names

    def available(self) -> bool:
        """Always."""
        return True

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Nothing."""
        return []


def _no_mapping(path: str, what: str) -> Problem:
    said = f"holds {what}; a recipe or a config group's file is a mapping of keys"
    return Problem("", said, Place(path, 1, 1))


def _problem(path: str, error: Exception) -> Problem:
    if isinstance(error, UnicodeDecodeError):
        before = Path(path).read_bytes()[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        return Problem("", "is not UTF-8 text; save the file as UTF-8", Place(path, line, column))
    if isinstance(error, yaml.MarkedYAMLError):
        return _not_yaml(path, error)
    position = getattr(error, "position", None)
    if isinstance(position, int):
        text = Path(path).read_text(encoding="utf-8", errors="replace")[:position]
        said = f"is not valid YAML: {getattr(error, 'reason', error)}"
        return Problem("", said, Place(path, text.count("\n") + 1, position - text.rfind("\n")))
    if isinstance(error, RecursionError):
        return Problem("", "is nested too deeply", plainness.deepest(path))
    if isinstance(error, ValueError) and "integer string conversion" in str(error):
        return next(_numbers_too_long(path), Problem("", "a number is too long", Place(path, 1, 1)))
    # OmegaConf reads interpolations while loading; it says which text is wrong, not where it stands.
    said = f"is not valid: {' '.join(str(error).splitlines()[:1])}"
    return next(_texts_said_wrong(path), Problem("", said, Place(path, 1, 1)))


def _not_yaml(path: str, error: yaml.MarkedYAMLError) -> Problem:
    """Where it goes wrong; what began earlier and does not end is said, too."""
    mark, began = error.problem_mark or error.context_mark, error.context_mark
    if mark is None:
        return Problem("", f"is not valid YAML: {error}", Place(path, 1, 1))
    said = error.problem or str(error)
    if "found another document" in said:
        said = "is not valid YAML: a file holds one document, and here begins another; remove the line `---`"
        return Problem("", said, _place(path, mark))
    if began and "unexpected end of stream" in said:
        return Problem("", "is not valid YAML: a quote that opens here is not closed", _place(path, began))
    if began and error.context and began.line < mark.line and "flow" in error.context:
        said += f", {error.context} that opens in line {began.line + 1}"
    return Problem("", f"is not valid YAML: {said}{_advice(path, mark, said)}", _place(path, mark))


def _texts_said_wrong(path: str) -> Iterator[Problem]:
    for event in yaml.parse(Path(path).read_text(encoding="utf-8")):
        if isinstance(event, yaml.ScalarEvent) and "${" in event.value:
            try:
                parse(event.value)
            except OmegaConfBaseException:
                said = f"{event.value!r} is not an interpolation: write ${{a.key}}"
                yield Problem("", said, _place(path, event.start_mark))


def _numbers_too_long(path: str) -> Iterator[Problem]:
    """Whole numbers with more digits than Python reads; quoted text is none."""
    for event in yaml.parse(Path(path).read_text(encoding="utf-8")):
        digits = event.value if isinstance(event, yaml.ScalarEvent) and event.implicit[0] else ""
        if len(digits) > sys.get_int_max_str_digits() and digits.lstrip("+-").isdigit():
            said = (
                f"a number of {len(digits)} digits is too long to be read; write it in quotes if it is text"
            )
            yield Problem("", said, _place(path, event.start_mark))


def _place(path: str, mark: Any) -> Place:
    return Place(path, mark.line + 1, mark.column + 1) if mark else Place(path, 1, 1)


def _advice(path: str, mark: Any, said: str) -> str:
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    text = lines[mark.line] if mark.line < len(lines) else ""
    before, here = text[: mark.column], text[mark.column :]
    if "\t" in text[: len(text) - len(text.lstrip())]:
        return "; indent with spaces, not tabs"
    if before.endswith("$") and here.startswith("{"):
        return '; between { } or [ ] an interpolation needs quotes: "${a.key}"'
    if "mapping values are not allowed" in said:
        return "; quote a text with a colon, or mend the indentation"
    if here[:1] in ("?", "@", "`", "%", "*", "&", "!", "|", ">"):
        return "; a text with such a sign needs quotes"
    return ""
