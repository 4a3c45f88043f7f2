"""The commonest class everywhere: what any rule must beat."""

from __future__ import annotations

from stagewright.stages import baseline
from stagewright.stages.baseline import Inputs
from stagewright.stages.scores import Scores


@baseline.stage
def majority_class(inputs: Inputs, /) -> Scores:
    """Label every pixel with the class that has most pixels in the train split."""
    import numpy as np

    from stagewright_plugins.scoring.baseline import scored
    from stagewright_plugins.scoring.batches import batches

    classes = len(inputs.framing.task.classes)
    counts = np.zeros(classes, dtype=np.int64)
    for batch in batches(inputs.data, "train"):
        known = batch.targets[(batch.targets >= 0) & (batch.targets < classes)]
        counts += np.bincount(known.ravel(), minlength=classes)
    return scored(inputs, {"rule": "one_class", "class": int(counts.argmax())})
