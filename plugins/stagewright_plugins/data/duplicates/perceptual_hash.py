"""Near copies: the same picture encoded again, rescaled, brightened or moved by a pixel."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import Duplicates, DuplicatesInputs


@data.duplicates
def perceptual_hash(
    inputs: DuplicatesInputs,
    /,
    *,
    max_distance: Annotated[
        int, Field(ge=0, le=16, description="bits of 64 in which the hashes of a pair may differ")
    ] = 10,
    min_correlation: Annotated[
        float,
        Field(gt=0, le=1, description="least correlation of a pair's pictures, each reduced to 32 x 32"),
    ] = 0.995,
    max_shift: Annotated[
        int,
        Field(ge=0, le=4, description="pixels along each axis by which one picture of a pair may be moved"),
    ] = 1,
) -> Duplicates:
    """All pairs with similar DCT hashes whose pictures then correlate, in order of rows; distance in bits.

    The hash is pHash (Zauner, 2010, "Implementation and benchmarking of perceptual image hash functions"):
    reduced to 32 x 32, 8 x 8 low frequencies compared with their median. Pairs of similar hashes are found
    by equal parts (Norouzi et al., 2014, doi:10.1109/TPAMI.2013.231): exactly those that comparing all with
    all would find, without doing so. Flat pictures are copies if their levels differ by 5 % at most.
    """
    from ._hash import hashes
    from ._likeness import alike
    from ._neighbours import neighbours

    first, second, distance = neighbours(hashes(inputs.pictures), max_distance)
    kept = alike(inputs.pictures, first, second, min_correlation, max_shift)
    found = zip(first[kept].tolist(), second[kept].tolist(), distance[kept].tolist(), strict=True)
    return Duplicates([(inputs.ids[a], inputs.ids[b], float(bits)) for a, b, bits in found])
