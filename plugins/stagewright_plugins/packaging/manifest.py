"""What holds a package together: a hash of every file, and one version over all that decides its answers.

`manifest.json`: `{"version": sha256, "files": {name: sha256}}` over every other file. The version covers the same
files but what targets wrote (`targets/`), and takes `signature.json` without the version that stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from stagewright.content import manifest as entries
from stagewright.errors import StagewrightError

from .signature import SIGNATURE, dumped, read

MANIFEST = "manifest.json"
TARGETS = "targets"


def version_of(package: Path) -> str:
    """SHA-256 over names and hashes of all files that decide what a package answers and says of itself."""
    return _version(package, _hashes(package))


def stamp(package: Path) -> str:
    """Write the version into `signature.json`; gives it."""
    version = version_of(package)
    (package / SIGNATURE).write_text(dumped(read(package) | {"version": version}), encoding="utf-8")
    return version


def write(package: Path) -> dict[str, str]:
    """Write `manifest.json` over a stamped package, the last file to be written; gives the hashes."""
    hashes = _hashes(package)
    text = json.dumps({"version": read(package)["version"], "files": hashes}, indent=1)
    (package / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return hashes


def verify(package: Path) -> dict[str, Any]:
    """The signature of a package of which every byte is as its manifest says.

    Raises:
        StagewrightError: there is no manifest, a file differs, is missing or is not listed, or the version is
            not that of the files; the message names the file.
    """
    listed = _listed(package)
    found = _found(package)
    for name, digest in listed["files"].items():
        if name not in found:
            raise _refused(package, f"{name} is missing")
        if found[name] != digest:
            raise _refused(package, f"{name} has other bytes than when it was packaged")
    if extra := sorted(found.keys() - listed["files"].keys()):
        raise _refused(package, f"{extra[0]} is not in its manifest")
    signature = read(package)
    version = _version(package, found)
    if not version == listed["version"] == signature["version"]:
        raise _refused(package, f"{MANIFEST} and {SIGNATURE} name another version than the files have")
    return signature


def _version(package: Path, hashes: Mapping[str, str]) -> str:
    unstamped = {name: value for name, value in read(package).items() if name != "version"}
    lines = {name: digest for name, digest in hashes.items() if PurePosixPath(name).parts[0] != TARGETS}
    lines[SIGNATURE] = sha256(dumped(unstamped).encode()).hexdigest()
    return sha256("".join(f"{name}\0{lines[name]}\n" for name in sorted(lines)).encode()).hexdigest()


def _hashes(package: Path) -> dict[str, str]:
    found = entries(package, skip=frozenset({MANIFEST}))
    return {name: digest for name, _, _, digest in found}


def _found(package: Path) -> dict[str, str]:
    try:
        return _hashes(package)
    except OSError as error:  # unreadable, or a link, which could lead anywhere
        raise _refused(package, str(error)) from error


def _listed(package: Path) -> dict[str, Any]:
    try:
        listed = json.loads((package / MANIFEST).read_text(encoding="utf-8"))
        return {"version": str(listed["version"]), "files": dict(listed["files"])}
    except FileNotFoundError:
        raise StagewrightError(f"{package} is no package: it has no {MANIFEST}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _refused(package, f"{MANIFEST} cannot be read ({error})") from error


def _refused(package: Path, why: str) -> StagewrightError:
    return StagewrightError(f"package {package} is refused: {why}; deploy it again, or take another copy")
