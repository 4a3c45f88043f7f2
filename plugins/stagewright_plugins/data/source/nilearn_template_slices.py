"""Axial slices of the MNI152 T1 template and its tissue maps, as simulated scanners see them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import data
from stagewright.stages.data import Card, Sample, Source, SourceInputs
from stagewright.stages.known import Declared

if TYPE_CHECKING:
    import numpy as np

    from stagewright_plugins.imaging.scanner import Anatomy

# mm above the origin. Below lies mostly cerebellum, whose folds the tissue maps do not resolve.
LOWEST, HIGHEST = -30.0, 66.0
SLABS = 12  # groups of the plain template
GAP = 3.0  # mm left out between slabs, so that no slice has its neighbour in another group

CITATION = (
    "Fonov et al., NeuroImage 54 (2011) 313-327, doi:10.1016/j.neuroimage.2010.07.033; "
    "simulation after Billot et al., Medical Image Analysis 86 (2023) 102789, doi:10.1016/j.media.2023.102789"
)
# The atlas's terms ask that this notice goes with every copy; nilearn, which packages it, states none.
LICENCE = (
    "ICBM 152 atlas: Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging Centre, Montreal "
    "Neurological Institute, McGill University. Permission to use, copy, modify, and distribute this "
    "software and its documentation for any purpose and without fee is hereby granted, provided that the "
    "above copyright notice appear in all copies. The authors and McGill University make no representations "
    'about the suitability of this software for any purpose. It is provided "as is" without express or '
    "implied warranty."
)


def _declared(settings: Mapping[str, Any]) -> Declared:
    columns = ("scanner", "level", "height_mm", "tissue_order", "strength")
    return Declared(LICENCE, "none", columns, "scanner" if settings["scanners"] else "slab")


@data.source(declares=_declared)
def nilearn_template_slices(
    inputs: SourceInputs,
    /,
    *,
    scanners: Annotated[
        int, Field(ge=0, le=999, description="simulated scanners; 0 gives the plain template in 12 slabs")
    ] = 32,
    slices_per_scanner: Annotated[
        int,
        Field(ge=1, le=100, description="slices from each scanner, or from each slab of the plain template"),
    ] = 16,
    field_of_view: Annotated[
        float, Field(ge=50, le=500, description="length of the picture's longer edge, mm")
    ] = 192.0,
    strength: Annotated[
        float,
        Field(
            ge=0, le=1, description="how badly scanners may spoil a picture; contrasts vary at any strength"
        ),
    ] = 1.0,
) -> Source:
    """Grey-scale pictures and classes background, grey, white, at the task's size; group: the scanner.

    Reads files that come with nilearn; nothing is downloaded. A slice depends on the recipe's seed, its
    scanner and its level, not on the order in which slices are read.

    Raises:
        StagewrightError: nilearn is missing, or the task has other than three classes.
    """
    size = inputs.task.input.shape[-2:]
    _require(inputs)
    pixel = field_of_view / max(size)
    seed = inputs.context.seed

    def read_simulated(id: str) -> Sample:
        from stagewright_plugins.imaging.scanner import acquire, draw_scanner

        group, height = _parts(id)
        scanner = draw_scanner(_random(seed, group), int(group.removeprefix("scanner_")), strength)
        picture, target = acquire(_template(), scanner, height, size, pixel, _random(seed, id))
        tags = {"tissue_order": scanner.tissue_order, "strength": round(scanner.strength, 3)}
        return Sample(picture, target, group=group, tags=_place(group, height) | tags)

    def read_plain(id: str) -> Sample:
        from stagewright_plugins.imaging.scanner import plain_slice

        group, height = _parts(id)
        picture, target = plain_slice(_template(), height, size, pixel)
        tags = {"tissue_order": "csf-grey-white", "strength": 0.0}
        return Sample(picture, target, group=group, tags=_place(group, height) | tags)

    return Source(
        ids=_simulated_ids(seed, scanners, slices_per_scanner)
        if scanners
        else _plain_ids(slices_per_scanner),
        read=read_simulated if scanners else read_plain,
        card=_card(scanners),
        modality="image",
        group="scanner" if scanners else "slab",
    )


def _require(inputs: SourceInputs) -> None:
    from importlib.util import find_spec

    if len(inputs.task.classes) != 3:
        raise StagewrightError(
            "framing.task.classes: nilearn_template_slices labels three classes (background, grey, white), "
            f"the task names {len(inputs.task.classes)}"
        )
    if find_spec("nilearn") is None:
        raise StagewrightError(
            "data.source: nilearn_template_slices needs nilearn; run: pip install 'stagewright[brain]'"
        )


def _simulated_ids(seed: int, scanners: int, slices: int) -> list[str]:
    """Evenly spaced levels, shifted by a random part of the spacing in each scanner."""
    spacing = (HIGHEST - LOWEST) / slices
    ids = []
    for group in (f"scanner_{number:02d}" for number in range(scanners)):
        shift = _random(seed, f"{group} levels").uniform()
        ids += [_id(group, LOWEST + spacing * (level + shift)) for level in range(slices)]
    return ids


def _plain_ids(slices: int) -> list[str]:
    """Contiguous slabs; a slab has a slice per millimetre at most, the template's own resolution."""
    thickness = (HIGHEST - LOWEST) / SLABS
    used = min(slices, int(thickness - GAP))
    step = (thickness - GAP) / used
    starts = [LOWEST + thickness * slab + GAP / 2 for slab in range(SLABS)]
    return [
        _id(f"slab_{slab:02d}", start + step * (level + 0.5))
        for slab, start in enumerate(starts)
        for level in range(used)
    ]


def _id(group: str, height: float) -> str:
    """`scanner_07-z+012.5`; heights in mm to a tenth, so an id says all there is to know."""
    return f"{group}-z{height:+06.1f}"


def _parts(id: str) -> tuple[str, float]:
    group, height = id.rsplit("-z", 1)
    return group, float(height)


def _place(group: str, height: float) -> dict[str, str | int | float]:
    """Tags of where a slice lies: the scanner (or slab), a third of the brain, and mm."""
    third = int(3 * (height - LOWEST) / (HIGHEST - LOWEST))
    return {"scanner": group, "level": ("low", "middle", "high")[min(third, 2)], "height_mm": height}


def _random(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each name, the same on every machine."""
    import numpy as np

    return np.random.default_rng([seed, *hashlib.sha256(name.encode()).digest()[:16]])


@cache
def _template() -> Anatomy:
    """The template's three volumes, read once per process."""
    from nilearn import datasets

    from stagewright_plugins.imaging.scanner import Anatomy

    volumes = (
        datasets.load_mni152_template(resolution=1),
        datasets.load_mni152_gm_template(resolution=1),
        datasets.load_mni152_wm_template(resolution=1),
    )
    # MNI's origin lies 17 voxels in front of the middle of the brain.
    return Anatomy(*(volume.get_fdata(dtype="float32") for volume in volumes), origin=(98, 117, 72))


def _card(scanners: int) -> Card:
    how = f"as seen by {scanners} simulated scanners" if scanners else "as it is"
    return Card(
        title=f"MNI152 T1 template slices, {how}",
        licence=LICENCE,
        origin="ICBM 2009a nonlinear symmetric template and tissue maps, as packaged with nilearn",
        personal_data="none",
        description="A synthetic benchmark: one averaged head, not patients. Skull and scalp are removed. "
        "Results say how a method copes with unseen contrasts and artefacts, not how it does in a clinic.",
        citation=CITATION,
    )
