"""A data stage that draws its samples and writes everything itself."""

import json
from hashlib import sha256
from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import SPLITS, Dataset, Inputs

CARD = {"title": "dots", "licence": "CC0-1.0", "origin": "drawn", "personal_data": "none"}
TOLD = {"quality": {}, "quarantine": [], "issues": {}, "card": CARD, "lineage": []}


@data.stage
def drawn_dots(
    inputs: Inputs, /, *, count: Annotated[int, Field(ge=1, description="samples per split")] = 8
) -> Dataset:
    """Bright dots on noise, at the task's size."""
    import numpy as np
    import pandas as pd
    from datasets import Dataset as Rows

    folder, random = inputs.context.workdir, np.random.default_rng(inputs.context.seed)
    version, ids = sha256(), {split: [f"{split}-{i}" for i in range(count)] for split in SPLITS}
    for split in SPLITS:
        target = random.integers(0, 2, (count, *inputs.framing.task.input.shape[1:]), np.uint8)
        pictures = (random.integers(0, 90, target.shape) + 120 * target).astype(np.uint8)[:, None]  # yours
        rows = {"id": ids[split], "input": pictures, "target": target, "group": [""] * count}
        Rows.from_dict(rows).save_to_disk(folder / "splits" / split)
        version.update(pictures.tobytes() + target.tobytes())
    kept = [{"id": id, "split": split, "group": ""} for split in SPLITS for id in ids[split]]
    pd.DataFrame(kept).to_parquet(folder / "quality.parquet", index=False)
    for name, content in TOLD.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return Dataset(folder, version.hexdigest(), "image", dict.fromkeys(SPLITS, count))
