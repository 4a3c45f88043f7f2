"""An explainer: how the answer changes when a column gets its usual value."""

from stagewright.stages import monitor
from stagewright.stages.monitor import Explained, ExplainInputs


@monitor.explainer
def one_at_a_time(inputs: ExplainInputs, /) -> Explained:
    """Columns of numbers only; the explained number is the highest probability."""
    import numpy as np

    answer = inputs.engine(inputs.arrays)["probability"][0]
    label, parts = int(answer.argmax()), {}
    for name, value in inputs.arrays.items():
        usual = np.full_like(value, inputs.reference[name].median())  # yours: what a column is compared with
        changed = inputs.engine({**inputs.arrays, name: usual})["probability"][0]
        parts[name] = float(answer[label] - changed[label])
    ordered = dict(sorted(parts.items(), key=lambda part: -abs(part[1])))
    return Explained("one column at a time", "probability of the answer", float(answer[label]), ordered)
