"""How often it happened before: shares of the classes by a few columns, no model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages import baseline
from stagewright.stages.baseline import Inputs
from stagewright.stages.scores import Scores


@baseline.stage
def historical_rate(
    inputs: Inputs,
    /,
    *,
    by: Annotated[
        list[str],
        Field(min_length=1, description="columns to look rates up by, the most important one first"),
    ],
    prior: Annotated[
        float, Field(gt=0, description="rows' worth of the coarser rate that each rate is pulled towards")
    ] = 30.0,
) -> Scores:
    """Class shares of the train split among rows that agree in `by`; where none does, in all but the last, and so on.

    Raises:
        StagewrightError: the data is no table, or has no such column.
    """
    from stagewright_plugins.scoring import rules, table_rules
    from stagewright_plugins.scoring.baseline import shown
    from stagewright_plugins.scoring.batches import groups
    from stagewright_plugins.scoring.sheet import Sheet
    from stagewright_plugins.tables.reading import columns, datatypes, read

    task, context, known = inputs.framing.task, inputs.context, columns(inputs.data)
    for name in by:
        if name not in known:
            raise StagewrightError(
                f"objective.baseline.by: the data has no column {name!r}, {suggestion(name, known)}"
            )
    train, test = read(inputs.data, "train"), read(inputs.data, "test")
    rule = table_rules.historical_rate(train.inputs, train.targets, by, len(task.classes), prior)
    rule["inputs"] = datatypes(known)
    rules.write(context.workdir, rule)
    sheet = Sheet(inputs.metrics, task, context)
    sheet.update(test.ids, table_rules.rebuilt(rule)(test.inputs), test.targets)
    scores = sheet.write(context.workdir, "test", groups(inputs.data, "test"), context.seed)
    context.show(shown(scores))
    return scores
