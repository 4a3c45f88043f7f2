"""The commonest class everywhere: what any rule must beat."""

from __future__ import annotations

from stagewright.stages import baseline
from stagewright.stages.baseline import Inputs
from stagewright.stages.scores import Scores


@baseline.stage(fits=("segmentation", "classification"))
def majority_class(inputs: Inputs, /) -> Scores:
    """Label every pixel, or every row of a table, with the class that the train split has most of.

    A row's probabilities are the shares of the classes in the train split, the best that a constant can say.
    """
    import numpy as np

    from stagewright_plugins.scoring import table_baseline
    from stagewright_plugins.scoring.baseline import scored
    from stagewright_plugins.scoring.batches import batches

    if inputs.data.modality == "tabular":
        return table_baseline.scored(inputs, by=(), prior=1)
    classes = len(inputs.framing.task.classes)
    counts = np.zeros(classes, dtype=np.int64)
    for batch in batches(inputs.data, "train"):
        known = batch.targets[(batch.targets >= 0) & (batch.targets < classes)]
        counts += np.bincount(known.ravel(), minlength=classes)
    return scored(inputs, {"rule": "one_class", "class": int(counts.argmax())})
