"""Clusters of grey values, found once on the train split."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stagewright.stages import baseline
from stagewright.stages.baseline import Inputs
from stagewright.stages.scores import Scores


@baseline.stage(fits=("segmentation",))
def intensity_clusters(
    inputs: Inputs,
    /,
    *,
    method: Annotated[
        Literal["k_means", "gaussian_mixture"],
        Field(description="k_means: clusters of equal width; gaussian_mixture: each with its own spread"),
    ] = "k_means",
    pixels: Annotated[
        int,
        Field(ge=1000, le=10_000_000, description="train pixels to cluster, drawn evenly from all images"),
    ] = 100_000,
) -> Scores:
    """K-means (Lloyd, 1982) or a Gaussian mixture (Dempster, Laird and Rubin, 1977) of train pixels.

    One cluster per class; the darkest cluster is the class that is darkest in the train split, and so on.
    """
    import numpy as np

    from stagewright_plugins.objective.baseline._clusters import fitted
    from stagewright_plugins.scoring.baseline import scored
    from stagewright_plugins.scoring.intensity import by_brightness, drawn_pixels

    classes, seed = len(inputs.framing.task.classes), inputs.context.seed
    found = fitted(drawn_pixels(inputs.data, pixels, seed), classes, method, seed)
    named = np.empty(classes, dtype=np.int64)  # class of each cluster
    named[np.argsort(found.centres, kind="stable")] = by_brightness(inputs.data, classes)
    return scored(inputs, found.rule | {"classes": named.tolist()})
