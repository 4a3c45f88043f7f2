"""Your own texts and translations: one file of two columns, or two files line by line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from stagewright.contract import InputPath
from stagewright.errors import StagewrightError
from stagewright.stages import data
from stagewright.stages.data import Card, Sample, Source, SourceInputs
from stagewright.stages.known import Declared


def _declared(settings: Mapping[str, Any]) -> Declared:
    return Declared(settings["licence"], settings["personal_data"], ())


@data.source(declares=_declared)
def parallel_file(
    _inputs: SourceInputs,
    /,
    *,
    path: Annotated[
        Path,
        InputPath(),
        Field(description="UTF-8; with `translations` one text per line, else source, tab, translation"),
    ],
    translations: Annotated[
        Path | None, InputPath(), Field(description="file whose line n translates line n of `path`")
    ] = None,
    title: Annotated[str, Field(description="for the card; empty: the file's name")] = "",
    licence: Annotated[str, Field(description="under which the data may be used, for the card")] = "unknown",
    personal_data: Annotated[
        Literal["none", "pseudonymised", "personal", "unknown"],
        Field(description="whether people can be recognised, for the card"),
    ] = "unknown",
    description: Annotated[str, Field(description="what the texts are, for the card")] = "",
) -> Source:
    """Line n of the file is the sample `n`; an empty line is left out. No header.

    A line without a tab cannot be read and goes to quarantine.

    Raises:
        StagewrightError: a file is missing or no UTF-8, or both files differ in their number of lines.
    """
    lines = _lines(path)
    pairs: dict[str, list[str]]
    if translations is None:
        pairs = {str(i): line.split("\t") for i, line in enumerate(lines, 1) if line.strip()}
    else:
        others = _lines(translations)
        if len(others) != len(lines):
            raise StagewrightError(
                f"data.source: {path.name} has {len(lines)} lines and {translations.name} {len(others)}; "
                "line n of one must translate line n of the other"
            )
        both = zip(lines, others, strict=True)
        pairs = {str(i): list(pair) for i, pair in enumerate(both, 1) if any(text.strip() for text in pair)}

    def read(id: str) -> Sample:
        columns = pairs[id]
        if len(columns) < 2:
            raise ValueError(f"line {id} has no tab between text and translation")
        return Sample(columns[0], columns[1])

    card = Card(title or path.name, licence, str(path), personal_data, description)
    return Source(list(pairs), read, card, "text")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise StagewrightError(f"data.source: there is no file {path}") from None
    except (IsADirectoryError, UnicodeDecodeError) as error:
        raise StagewrightError(f"data.source: {path} is no UTF-8 text file: {error}") from None
