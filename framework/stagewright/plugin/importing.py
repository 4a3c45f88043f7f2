"""A plugin's file imported: quietly, a project's edited files anew, and the line where one fails."""

from __future__ import annotations

import importlib
import linecache
import os
import sys
import types
from contextlib import redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from stagewright.errors import Place

if TYPE_CHECKING:
    from stagewright.plugin.registry import Found


def project_package(folder: Path) -> str:
    """A project's folder becomes a package of its own name, so that relative imports work inside it."""
    package = f"_stagewright_project_{sha256(str(folder).encode()).hexdigest()[:12]}"
    if package not in sys.modules:
        module = types.ModuleType(package)
        module.__path__ = [str(folder)]
        sys.modules[package] = module
    _forget_edited(package)
    return package


def imported(found: Found) -> types.ModuleType:
    """The module of a plugin; raises whatever its file raises."""
    with redirect_stdout(sys.stderr):  # what a plugin prints is not part of an answer (`--format json`)
        return _imported(found)


def raised_at(error: BaseException, path: Path) -> Place:
    """The innermost line of the plugin's own file that the error passed through."""
    if isinstance(error, SyntaxError) and error.filename:
        return Place(error.filename, error.lineno or 1, error.offset or 1)
    line, trace = 1, error.__traceback__
    while trace:
        if Path(trace.tb_frame.f_code.co_filename) == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return Place(str(path), line, 1)


def says_so_itself(error: KeyboardInterrupt) -> bool:
    """Whether a line of code raised it by name, so that nobody pressed Ctrl-C."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    frame = trace and trace.tb_frame
    line = linecache.getline(frame.f_code.co_filename, trace.tb_lineno) if frame and trace else ""
    return "KeyboardInterrupt" in line


def _forget_edited(package: str) -> None:
    """In a long-lived process (a notebook), a project's edited files are imported anew, all together."""
    loaded = [name for name in sys.modules if name.startswith(package + ".")]
    if any(_stamp(sys.modules[name]) != _stamps.get(name) for name in loaded):
        for name in loaded:
            del sys.modules[name]
            _stamps.pop(name, None)


_stamps: dict[str, tuple[int, int] | None] = {}


def _stamp(module: types.ModuleType) -> tuple[int, int] | None:
    try:
        status = os.stat(str(module.__file__))
    except OSError:
        return None  # a folder, or a file that is gone
    return status.st_mtime_ns, status.st_size


def _imported(found: Found) -> types.ModuleType:
    if found.root.label != "project":
        return importlib.import_module(found.module)
    # Python tells a stale .pyc by whole seconds and size only: an edit within the second would run old code
    # under the new code's fingerprint. So none is written for a project's own files.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        _look_again(found.root.path)
        return importlib.import_module(found.module)
    finally:
        sys.dont_write_bytecode = before
        prefix = found.root.package + "."
        _stamps.update(
            {n: _stamp(m) for n, m in sys.modules.items() if n.startswith(prefix) and n not in _stamps}
        )


def _look_again(folder: Path) -> None:
    """Have Python forget which files a project's folders had; all other folders are not read anew for it."""
    for path, finder in sys.path_importer_cache.items():
        if finder and path.startswith(str(folder)) and hasattr(finder, "invalidate_caches"):
            finder.invalidate_caches()
