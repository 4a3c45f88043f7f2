"""All columns together: do window and reference have the same distribution?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import DetectorInputs, Finding


@monitor.detector
def mmd(
    inputs: DetectorInputs,
    /,
    *,
    columns: Annotated[list[str] | None, Field(description="null: everything that requests bring")] = None,
    floor: Annotated[
        float, Field(ge=0, description="least squared discrepancy that counts; the kernel lies in 0 to 1")
    ] = 0.002,
    rows: Annotated[int, Field(ge=50, le=5000, description="drawn at most from either side")] = 500,
    permutations: Annotated[
        int, Field(ge=100, description="p-values below 1 / (permutations + 1) cannot be told")
    ] = 1000,
) -> Sequence[Finding]:
    """Maximum mean discrepancy with permutations (Gretton et al., 2012, JMLR 13): suits embeddings.

    Gaussian kernel, its width the median distance of the pooled rows.
    """
    from stagewright_plugins.monitoring import columns as named
    from stagewright_plugins.monitoring.correction import corrected
    from stagewright_plugins.monitoring.two_samples import discrepancy

    reference, window = inputs.reference, inputs.window
    names = named.shared(reference, window, named.inputs(reference), columns)
    if not names or min(len(reference), len(window)) < 20:
        return []
    before, now = named.matrix([reference, window], names)
    value, p = discrepancy(before, now, rows, permutations, inputs.seed)
    return corrected([Finding("mmd", "*", value, p, value, floor, False)], inputs.alpha)
