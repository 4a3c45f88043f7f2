"""Pictures and masks in two folders, paired by name: what a user brings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from stagewright.contract import InputPath
from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages import data
from stagewright.stages.data import Card, Sample, Source, SourceInputs
from stagewright.stages.known import Declared

if TYPE_CHECKING:
    from stagewright.stages.framing import Task


def _pattern(text: str) -> str:
    """A regular expression with exactly one group."""
    try:
        count = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    if count != 1:
        raise ValueError(f"{text!r} must have one group in parentheses, it has {count}")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
MaskValue = Annotated[str, Field(pattern=r"^(\d{1,5}|#[0-9a-fA-F]{6})$")]


def _declared(settings: Mapping[str, Any]) -> Declared:
    group = _group_name(settings["group"]) if settings["group"] else ""
    tags = (group,) if group not in ("", "group") else ()
    return Declared(settings["licence"], settings["personal_data"], tags, group)


@data.source(declares=_declared)
def image_folder(
    inputs: SourceInputs,
    /,
    *,
    path: Annotated[
        Path, InputPath(), Field(description="folder that holds both; relative to the project's folder")
    ],
    images: Annotated[str, Field(description="folder of the pictures, below `path`")] = "images",
    masks: Annotated[str, Field(description="folder of the masks, below `path`")] = "masks",
    mask_suffix: Annotated[
        str, Field(description="what a mask's name has after the picture's: `_mask` pairs a.jpg, a_mask.png")
    ] = "",
    values: Annotated[
        dict[MaskValue, str] | None,
        Field(
            description="mask value (0, 255, or a colour '#ff0000') → class name; null: values are indices"
        ),
    ] = None,
    group: Annotated[
        Pattern | None,
        Field(
            description="regular expression, searched in the name; its one group is what must stay in one "
            "split, `(?P<patient>p\\d+)_`"
        ),
    ] = None,
    time: Annotated[
        Pattern | None,
        Field(description="regular expression, searched in the name; its one group is an ISO 8601 date"),
    ] = None,
    title: Annotated[str, Field(description="for the card; empty: the folder's name")] = "",
    licence: Annotated[str, Field(description="under which the data may be used, for the card")] = "unknown",
    personal_data: Annotated[
        Literal["none", "pseudonymised", "personal", "unknown"],
        Field(description="whether people can be recognised, for the card"),
    ] = "unknown",
    description: Annotated[str, Field(description="what the pictures show, for the card")] = "",
) -> Source:
    """PNG, JPEG, TIFF, BMP or WebP; a picture's id is its path below `images` without suffix.

    A picture without a mask, a mask without a picture, an unreadable file and a name without group or time
    are items that cannot be read: they go to quarantine.

    Raises:
        StagewrightError: a folder is missing or leads out of `path`, no picture has a mask of its name, or `values`
            names an unknown class.
    """
    from ._folder import pictures, subfolder

    folders = subfolder(path, images, "images"), subfolder(path, masks, "masks")
    found, drawn = pictures(folders[0], "images"), pictures(folders[1], "masks")
    if mask_suffix:
        found = found if folders[0] != folders[1] else _without(found, mask_suffix)
        drawn = {
            name.removesuffix(mask_suffix): at for name, at in drawn.items() if name.endswith(mask_suffix)
        }
    _paired(found, drawn, path)
    index = _indices(values, inputs.task)
    find_group, find_time = _finder(group, "group"), _finder(time, "time")
    named = _group_name(group)

    def read(id: str) -> Sample:
        from stagewright_plugins.imaging.decoding import picture

        from ._decoding import decoded, mask

        if id not in found:
            raise FileNotFoundError(f"{drawn[id].relative_to(path)} is a mask without a picture")
        belongs = find_group(id)
        target = decoded(drawn[id], path, lambda file: mask(file, index)) if id in drawn else None
        tags = {named: belongs} if named != "group" else {}
        return Sample(decoded(found[id], path, picture), target, belongs, find_time(id), tags)

    return Source(
        ids=sorted(found.keys() | drawn.keys()),
        read=read,
        card=Card(title or path.name, licence, f"image folder {path.name}", personal_data, description),
        modality="image",
        group=named if group else "",
    )


def _paired(found: dict[str, Path], drawn: dict[str, Path], root: Path) -> None:
    """Raise StagewrightError where no picture has a mask: then names, not files, are what is wrong."""
    if found.keys() & drawn.keys():
        return
    if not found or not drawn:
        raise StagewrightError(f"data.source.path: {root} holds {len(found)} pictures and {len(drawn)} masks")
    first, other = (min(files.values()).relative_to(root) for files in (found, drawn))
    raise StagewrightError(
        f"data.source.path: no picture has a mask of its name, there are {first} and {other}; give both one name, or "
        "say with `mask_suffix` what a mask's has more (`_mask`)"
    )


def _without(found: dict[str, Path], mask_suffix: str) -> dict[str, Path]:
    return {name: at for name, at in found.items() if not name.endswith(mask_suffix)}


def _indices(values: dict[str, str] | None, task: Task) -> dict[int, int] | None:
    """Raw mask value → class index."""
    if values is None:
        return None
    for value, name in values.items():
        if name not in task.classes:
            hint = suggestion(name, task.classes, "class")
            raise StagewrightError(f"data.source.values.{value}: the task has no class {name!r}, {hint}")
    return {_number(value): task.classes.index(name) for value, name in values.items()}


def _number(value: str) -> int:
    return int(value[1:], 16) if value.startswith("#") else int(value)


def _finder(pattern: str | None, what: str) -> Callable[[str], str]:
    def find(id: str) -> str:
        if pattern is None:
            return ""
        match = re.search(pattern, id)
        if match is None or not match[1]:
            raise ValueError(f"its name has no {what} by {pattern!r}")
        return match[1]

    return find


def _group_name(pattern: str | None) -> str:
    """The name of the pattern's group, `patient` of `(?P<patient>...)`; one without name is just a group."""
    names = re.compile(pattern).groupindex if pattern else {}
    return next(iter(names), "group")
