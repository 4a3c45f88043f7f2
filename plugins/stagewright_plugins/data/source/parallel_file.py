"""Your own texts and translations: one file with a column of each (TSV, CSV, JSON lines), or two files line by line."""

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


def _contradictions(settings: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    if settings["columns"] and settings["translations"]:
        said = "two files line by line have no columns; leave out `columns` or `translations`"
        return [(("columns",), said)]
    return []


@data.source(declares=_declared, contradictions=_contradictions)
def parallel_file(
    inputs: SourceInputs,
    /,
    *,
    path: Annotated[
        Path,
        InputPath(),
        Field(
            description="UTF-8; with `translations` one text per line, else `.jsonl`, `.csv`, or text, tab, translation"
        ),
    ],
    translations: Annotated[
        Path | None, InputPath(), Field(description="file whose line n translates line n of `path`")
    ] = None,
    columns: Annotated[
        tuple[str, str] | None,
        Field(
            description="columns (keys of JSON) of text and translation; if not said, those named like the "
            "languages, or without names the first two"
        ),
    ] = None,
    title: Annotated[str, Field(description="for the card; empty: the file's name")] = "",
    licence: Annotated[str, Field(description="under which the data may be used, for the card")] = "unknown",
    personal_data: Annotated[
        Literal["none", "pseudonymised", "personal", "unknown"],
        Field(description="whether people can be recognised, for the card"),
    ] = "unknown",
    description: Annotated[str, Field(description="what the texts are, for the card")] = "",
) -> Source:
    """Line n of the file is the sample `n`; an empty line is left out.

    The first line of a CSV names its columns, that of other files does where `columns` is said or where it consists of
    the two languages (`en`, tab, `fr`). A line without both columns cannot be read and goes to quarantine.

    Raises:
        StagewrightError: a file is missing or no UTF-8, has no such column, or both files differ in their number of
            lines.
    """
    from ._pairs import in_one, in_two

    if len(inputs.task.languages) != 2:
        raise StagewrightError(
            "data.source: 'parallel_file' gives texts of two languages, which the task does not have"
        )
    languages = inputs.task.languages[0], inputs.task.languages[1]
    pairs = in_two(path, translations) if translations else in_one(path, columns, languages)

    def read(id: str) -> Sample:
        return Sample(*pairs[id]())

    card = Card(title or path.name, licence, f"file {path.name}", personal_data, description)
    return Source(list(pairs), read, card, "text")
