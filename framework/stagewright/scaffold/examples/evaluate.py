"""An evaluation of nothing but the recipe's metrics."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import evaluate
from stagewright.stages.evaluate import Inputs, RuntimeInputs
from stagewright.stages.scores import Scores


@evaluate.stage
def plain_scores(
    inputs: Inputs, /, *, batch: Annotated[int, Field(ge=1, description="samples predicted together")] = 32
) -> Scores:
    """The model's runtime on the test split; intervals by resampling."""
    from stagewright_plugins.scoring.batches import batches, groups
    from stagewright_plugins.scoring.sheet import Sheet

    task, context = inputs.framing.task, inputs.context
    runtime = context.resolve("evaluate.runtime", {"type": inputs.model.format})
    predict, sheet = runtime(RuntimeInputs(inputs.model, task, context)), Sheet(inputs.metrics, task, context)
    for part in batches(inputs.data, "test", batch):
        sheet.update(part.ids, predict(part.inputs), part.targets)  # yours: what else is measured
    return sheet.write(context.workdir, "test", groups(inputs.data, "test"), context.seed)
