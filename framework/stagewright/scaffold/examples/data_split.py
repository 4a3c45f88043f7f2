"""A split that never changes when samples are added: by a hash of the group."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import SplitInputs


@data.split
def by_hash(
    inputs: SplitInputs,
    /,
    *,
    test: Annotated[float, Field(gt=0, lt=0.5, description="share, also of validation")] = 0.2,
) -> Sequence[str]:
    """Samples of one group stay together; a sample without a group is one of its own."""
    from hashlib import sha256

    def split(name: str) -> str:
        draw = int(sha256(f"{inputs.seed} {name}".encode()).hexdigest()[:8], 16) / 16**8  # yours
        return "test" if draw < test else "validation" if draw < 2 * test else "train"

    return [split(group or id) for group, id in zip(inputs.rows["group"], inputs.rows["id"], strict=True)]
