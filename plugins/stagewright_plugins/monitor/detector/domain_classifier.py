"""All columns together: can a classifier tell a window from the reference?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import DetectorInputs, Finding


@monitor.detector
def domain_classifier(
    inputs: DetectorInputs,
    /,
    *,
    columns: Annotated[list[str] | None, Field(description="null: everything that requests bring")] = None,
    model: Annotated[
        Literal["boosting", "logistic"],
        Field(description="boosting finds interactions, logistic suits embeddings"),
    ] = "boosting",
    floor: Annotated[
        float, Field(ge=0.5, le=1, description="least area under the ROC curve that counts")
    ] = 0.55,
    rows: Annotated[int, Field(ge=50, description="drawn at most from either side")] = 2000,
    folds: Annotated[int, Field(ge=2, le=10, description="parts held out in turn")] = 3,
) -> Sequence[Finding]:
    """Cross-validated AUC of telling window rows from reference rows; 0.5 where nothing tells them apart.

    Finds what no single column shows, such as a broken correlation (Lopez-Paz and Oquab, 2017, arXiv:1610.06545).
    """
    from stagewright_plugins.monitoring import columns as named
    from stagewright_plugins.monitoring.correction import corrected
    from stagewright_plugins.monitoring.two_samples import told_apart

    reference, window = inputs.reference, inputs.window
    names = named.shared(reference, window, named.inputs(reference), columns)
    if not names or min(len(reference), len(window)) < 10 * folds:
        return []
    before, now = named.matrix([reference, window], names)
    auc, p = told_apart(before, now, model, rows, folds, inputs.seed)
    return corrected([Finding("domain_classifier", "*", auc, p, auc, floor, False)], inputs.alpha)
