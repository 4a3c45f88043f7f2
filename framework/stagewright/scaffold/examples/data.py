"""A data stage that draws its samples and writes everything itself."""

import json
from hashlib import sha256
from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import SPLITS, Dataset, Inputs


@data.stage
def drawn_squares(
    inputs: Inputs, /, *, count: Annotated[int, Field(ge=1, description="samples per split")] = 8
) -> Dataset:
    """Bright squares on noise, at the task's size."""
    import numpy as np
    import pandas as pd
    from datasets import Dataset as Rows

    folder, random = inputs.context.workdir, np.random.default_rng(inputs.context.seed)
    version, ids = sha256(), {split: [f"{split}-{i}" for i in range(count)] for split in SPLITS}
    for split in SPLITS:
        target = np.zeros((count, *inputs.framing.task.input.shape[1:]), np.uint8)
        target[:, 8:16, 8:16] = 1  # yours: where samples come from
        pictures = (random.integers(0, 90, target.shape) + 120 * target).astype(np.uint8)[:, None]
        rows = {"id": ids[split], "input": pictures, "target": target, "group": [""] * count}
        Rows.from_dict(rows).save_to_disk(folder / "splits" / split)
        version.update(pictures.tobytes() + target.tobytes())
    kept = [{"id": id, "split": split, "group": ""} for split in SPLITS for id in ids[split]]
    pd.DataFrame(kept).to_parquet(folder / "quality.parquet", index=False)
    card = {"title": "squares", "licence": "CC0-1.0", "origin": "drawn", "personal_data": "none"}
    told = {"quality": {}, "quarantine": [], "issues": {}, "card": card, "lineage": []}
    for name, content in told.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return Dataset(folder, version.hexdigest(), "image", dict.fromkeys(SPLITS, count))
