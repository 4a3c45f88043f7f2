"""The last verdict of `check`, good as long as nothing it depended on has changed.

A verdict is a pure function of the command line, the folder, every file looked up (missing ones too), the
source of the framework and of the plugins, and the environment variables the recipe names. This file is
imported before anything else: it may use only what the interpreter has loaded or loads in a blink.
"""

import marshal
import os
import re
import sys
import zlib
from collections.abc import Iterable

FORMAT = 3
FOLDER = os.path.join(".stagewright", "check")
Stamp = tuple[str, int, int]  # path, mtime in ns, size; (path, 0, 0) where there is nothing


def lookup(words: list[str], cwd: str) -> tuple[int, str] | None:
    """(exit code, output) of an unchanged check, else None."""
    path = _entry(words, _home(cwd), cwd)
    try:
        with open(path, "rb") as file:
            entry = marshal.load(file)
        said, environment, stamps, code, output = entry
    except (OSError, ValueError, EOFError, TypeError):
        return None  # no entry, or one of another version: check anew
    same = said == _said(words, cwd) and all(os.environ.get(name) == value for name, value in environment)
    return (code, output) if same and all(_stamp(item[0]) == item for item in stamps) else None


def store(words: list[str], cwd: str, code: int, output: str, depends: Iterable[str], home: str) -> None:
    """Keep a verdict. `depends` are the paths it rests on beside the loaded source; `home` is the project."""
    paths = sorted({*depends, *_loaded(), *(path for path in sys.path if path)})
    names = _environment(words, paths)
    if names is None:
        return  # a name computed at composition: nothing to compare with next time
    environment = tuple((name, os.environ.get(name)) for name in names)
    entry = (_said(words, cwd), environment, tuple(_stamp(path) for path in paths), code, output)
    path = _entry(words, home, cwd)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(f"{path}.{os.getpid()}", "wb") as file:
            file.write(marshal.dumps(entry))  # type: ignore[arg-type]  # nested tuples of plain values
        os.replace(f"{path}.{os.getpid()}", path)
    except OSError:
        return  # a read-only project: checking anew next time is all it costs


def _said(words: list[str], cwd: str) -> tuple[object, ...]:
    return (FORMAT, sys.version, sys.prefix, cwd, tuple(words))


def _entry(words: list[str], home: str, cwd: str) -> str:
    name = f"{zlib.crc32(repr((cwd, words)).encode()):08x}"
    return os.path.join(home, FOLDER, name)


def _home(cwd: str) -> str:
    """The nearest folder upwards that keeps verdicts."""
    folder = cwd
    while not os.path.isdir(os.path.join(folder, FOLDER)):
        parent = os.path.dirname(folder)
        if parent == folder:
            return cwd
        folder = parent
    return folder


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return (path, 0, 0)
    return (path, status.st_mtime_ns, status.st_size)


def _loaded() -> list[str]:
    """Source of the framework and of every plugin that was imported for the verdict."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    standing = (os.path.dirname(os.__file__), os.path.join(sys.prefix, "lib"))
    return [path for path in files if path and (path.startswith(own) or not path.startswith(standing))]


def _environment(words: list[str], paths: list[str]) -> list[str] | None:
    """Names in `${oc.env:NAME}` of the command line and the files; None if one is computed."""
    texts = list(words)
    for path in paths:
        if path.endswith(".yaml") and os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
    text = "\n".join(texts)
    names = re.findall(r"oc\.env:\s*([A-Za-z_][A-Za-z0-9_]*)", text)
    return sorted(set(names)) if len(names) == text.count("oc.env") else None
