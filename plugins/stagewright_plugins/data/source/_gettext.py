"""Message catalogues (`.po`, else `.mo`) as pairs of a message and its translation."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.errors import StagewrightError

if TYPE_CHECKING:
    # Never imported: named so that their versions are part of the fingerprint.
    import django  # type: ignore[import-not-found]  # noqa: F401
    import wagtail  # type: ignore[import-not-found]  # noqa: F401
    import weblate  # type: ignore[import-not-found]  # noqa: F401

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Message:
    """One form of one message.

    Attributes:
        group: the message's own text, the same for singular and plural.
        form: `singular` or `plural`.
    """

    id: str
    source: str
    target: str
    group: str
    catalogue: str
    form: str


def installed(package: str) -> Path:
    """The folder of an installed package, which is not imported; raises StagewrightError where there is none."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise StagewrightError(
            f"data.source.packages: {package!r} is not installed: pip install {package} (or the extra `catalogues`)"
        )
    return Path(folders[0])


def messages(folder: Path, catalogue: str, language: str) -> list[Message]:
    """Every translated message of a language in a catalogue or below a folder, by files and their order in them.

    Raises:
        StagewrightError: there is no catalogue of the language, or one cannot be read.
    """
    files = _files(folder, language)
    if not files:
        raise StagewrightError(
            f"data.source: {catalogue!r} has no catalogue of {language!r} (looked for {language}/**/*.po and .mo in "
            f"{folder.name}, and for {language}.po)"
        )
    return [found for file in files for found in _of_file(file, folder, catalogue)]


def licence(packages: Sequence[str]) -> str:
    """The licences that the packages' metadata names, `unknown` where one names none."""
    found = dict.fromkeys(_licence(package) for package in packages)
    return UNKNOWN if UNKNOWN in found else " AND ".join(found)


def versions(packages: Sequence[str]) -> str:
    """`django 5.2.1, wagtail 8.0`, as far as they are installed as distributions."""
    return ", ".join(f"{package} {_metadata(package).get('Version', '')}".strip() for package in packages)


def _files(folder: Path, language: str) -> list[Path]:
    """Catalogues of the language; a `.mo` only where no `.po` lies beside it. A file is the only one."""
    if folder.is_file():
        return [folder]
    found = {
        path
        for suffix in ("po", "mo")
        for path in (*folder.rglob(f"{language}/**/*.{suffix}"), *folder.rglob(f"{language}.{suffix}"))
    }
    return sorted(path for path in found if path.suffix == ".po" or path.with_suffix(".po") not in found)


def _of_file(path: Path, folder: Path, catalogue: str) -> Iterator[Message]:
    import polib

    read = polib.pofile if path.suffix == ".po" else polib.mofile
    try:
        entries = list(read(str(path)))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise StagewrightError(f"data.source: {path} is no message catalogue: {error}") from error
    base = folder.parent if folder == path else folder
    place = (
        path.relative_to(base).with_suffix("").as_posix().replace("/LC_MESSAGES", "").replace("locale/", "")
    )
    for position, entry in enumerate(entries):
        if entry.obsolete or "fuzzy" in entry.flags:
            continue
        name = f"{catalogue}:{place}:{position}"
        if not entry.msgid_plural:
            yield Message(name, entry.msgid, entry.msgstr, entry.msgid, catalogue, "singular")
            continue
        forms = {int(index): text for index, text in entry.msgstr_plural.items()}
        if forms:
            yield Message(f"{name}:s", entry.msgid, forms[min(forms)], entry.msgid, catalogue, "singular")
            yield Message(
                f"{name}:p", entry.msgid_plural, forms[max(forms)], entry.msgid, catalogue, "plural"
            )


def _licence(package: str) -> str:
    told = _metadata(package)
    if expression := told.get("License-Expression", ""):
        return str(expression)
    classifiers = told.get_all("Classifier", []) if hasattr(told, "get_all") else []
    named = [item.rsplit("::", 1)[-1].strip() for item in classifiers if item.startswith("License ::")]
    return named[0] if named else UNKNOWN


def _metadata(package: str) -> Any | Mapping[str, str]:
    try:
        return importlib.metadata.metadata(package)
    except importlib.metadata.PackageNotFoundError:
        return {}
