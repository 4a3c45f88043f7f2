"""What holds of every score sheet."""

from __future__ import annotations

from stagewright.stages.scores import Scores
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain


def checked(scores: Scores, bench: Bench) -> object:
    """Measured on the test split, every key of the recipe's metrics, one row per sample."""
    import pandas as pd

    handles = chain(bench.modality)
    assert scores.split == "test", f"it scores the split {scores.split!r}"
    keys = {key for spec in handles["metrics"].metrics for key in spec.keys}
    assert keys <= set(scores.values), f"it gives no {', '.join(sorted(keys - set(scores.values)))}"
    for key, score in scores.values.items():
        if score.low is not None and score.high is not None:
            assert score.low <= score.high, f"{key}: the interval [{score.low}, {score.high}] is empty"
    rows = pd.read_parquet(scores.path / "per_sample.parquet")
    assert len(rows) == handles["data"].counts["test"], f"per_sample.parquet has {len(rows)} rows"
    return {key: repr(score) for key, score in scores.values.items()}
