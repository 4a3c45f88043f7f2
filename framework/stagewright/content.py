"""The content of files as digests: for artifacts, and for data that a recipe names by path.

A file is hashed once; later its size and modification time tell whether to hash it again.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

Entry = tuple[str, int, int, str]  # relative path, size, mtime_ns, sha256


def files_below(folder: Path, skip: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Regular files below a folder in a fixed order; links are refused, `skip` names top-level entries."""
    for entry in sorted(os.scandir(folder), key=lambda item: item.name):
        if entry.name in skip:
            continue
        if entry.is_symlink():
            raise OSError(f"{entry.path} is a link; an artifact holds files only")
        if entry.is_dir():
            yield from files_below(Path(entry.path))
        else:
            yield Path(entry.path)


def manifest(folder: Path, skip: frozenset[str] = frozenset()) -> list[Entry]:
    """Every file below a folder with size, time and SHA-256 of its bytes."""
    return [_entry(path, folder) for path in files_below(folder, skip)]


def manifest_digest(entries: list[Entry]) -> str:
    """SHA-256 over paths, sizes and hashes; times and the folder's own place are not in it."""
    lines = (f"{path}\0{size}\0{digest}\n" for path, size, _, digest in entries)
    return sha256("".join(lines).encode()).hexdigest()


def unchanged(folder: Path, entries: list[Entry]) -> str | None:
    """None if every file of a manifest is as it was, else the first path that is not."""
    for name, size, mtime, digest in entries:
        path = folder / name
        try:
            status = path.stat()
        except OSError:
            return f"{name} is missing"
        touched = (status.st_size, status.st_mtime_ns) != (size, mtime)
        if touched and (status.st_size != size or _sha256(path) != digest):
            return f"{name} was changed"
    return None


def path_digest(path: Path, cache: Path) -> str:
    """SHA-256 over every byte of a file or folder that a recipe names; "absent" if there is none.

    `cache` is a file that remembers hashes by path, size and time, so that only new bytes are read.
    """
    if not path.exists():
        return "absent"
    known: dict[str, list[Any]] = _read(cache)
    found: dict[str, list[Any]] = {}
    base = path if path.is_dir() else path.parent
    for item in sorted(_named_files(path)):
        status = item.stat()
        stamp = [status.st_size, status.st_mtime_ns]
        old = known.get(str(item))
        found[str(item)] = old if old and old[:2] == stamp else [*stamp, _sha256(item)]
    if found != {key: known.get(key) for key in found}:
        write_atomically(cache, json.dumps(known | found))
    return manifest_digest([(str(Path(k).relative_to(base)), v[0], v[1], v[2]) for k, v in found.items()])


def append_line(path: Path, line: str) -> None:
    """Append one line to a file of lines and wait for the disk; the caller keeps other writers away.

    A line that a kill cut short never counted: it is cut off, else it would swallow this one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def write_atomically(path: Path, text: str, durable: bool = True) -> None:
    """Write a whole file or nothing: a reader, or a kill at any moment, never sees half of it.

    Not `durable`: a power cut may cost it; waiting for the disk takes some milliseconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _named_files(path: Path) -> Iterator[Path]:
    """The file, or every file below the folder, links followed as readers of data follow them, each folder once."""
    seen: set[tuple[int, int]] = set()
    for folder, inner, names in os.walk(path, followlinks=True):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen:
            inner.clear()  # a link that leads back
            continue
        seen.add((status.st_dev, status.st_ino))
        yield from (item for name in names if (item := Path(folder, name)).is_file())
    if path.is_file():
        yield path


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # a cache that is absent or damaged is made anew
    return found


def _entry(path: Path, folder: Path) -> Entry:
    status = path.stat()
    return path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns, _sha256(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
