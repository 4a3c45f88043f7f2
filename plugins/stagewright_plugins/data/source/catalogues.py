"""Messages of programs with their translations: gettext catalogues of installed packages or of a folder."""

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

Personal = Literal["none", "pseudonymised", "personal", "unknown"]


def _declared(settings: Mapping[str, Any]) -> Declared:
    from ._gettext import licence

    said = settings["licence"]
    if not said and settings["packages"] and settings["path"] is None:
        said = licence(settings["packages"])
    return Declared(said or "unknown", settings["personal_data"], ("catalogue", "form"), "message")


@data.source(declares=_declared)
def catalogues(
    inputs: SourceInputs,
    /,
    *,
    packages: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]],
        Field(description="installed packages to take catalogues from, by the name they are imported by"),
    ] = [],  # noqa: B006  # read only
    path: Annotated[
        Path | None,
        InputPath(),
        Field(description="a catalogue of your own (.po, .mo), or a folder of them: `<language>/**/*.po`"),
    ] = None,
    licence: Annotated[
        str, Field(description="of the messages, for the card; empty: what the packages' metadata says")
    ] = "",
    personal_data: Annotated[
        Personal, Field(description="whether the messages say something of people, for the card")
    ] = "none",
    title: Annotated[str, Field(description="for the card; empty: the names of the catalogues")] = "",
) -> Source:
    """Every translated message; what is marked fuzzy or obsolete is left out, plural forms are samples of their own.

    Tags: `catalogue` (the package, or the folder's name) and `form` (`singular`, `plural`). Group: the message, so that
    its forms stay in one split. Packages are read, never imported.

    Raises:
        StagewrightError: neither packages nor a folder, a package that is not installed, no catalogue of the language.
    """
    from . import _gettext as gettext

    places = {package: gettext.installed(package) for package in packages}
    if path is not None:
        places[path.stem if path.is_file() else path.name] = path
    if not places:
        raise StagewrightError(
            "data.source: name `packages` to take catalogues from, or the `path` of a folder"
        )
    language = inputs.task.languages[1]
    found = {
        message.id: message
        for name, folder in places.items()
        for message in gettext.messages(folder, name, language)
    }

    def read(id: str) -> Sample:
        message = found[id]
        tags = {"catalogue": message.catalogue, "form": message.form}
        return Sample(message.source, message.target, message.group, tags=tags)

    own = licence or (gettext.licence(packages) if path is None else "")
    card = Card(
        title=title or f"Message catalogues of {', '.join(places)}",
        licence=own or "unknown",
        origin=f"gettext catalogues of {gettext.versions(packages) or path}, {' to '.join(inputs.task.languages)}",
        personal_data=personal_data,
        description="Texts of user interfaces with the translations that their projects ship.",
    )
    return Source(list(found), read, card, "text", "message")
