"""A baseline's predictions for the test rows of a table, scored exactly as a model's are."""

from __future__ import annotations

from collections.abc import Sequence

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.baseline import Inputs
from stagewright.stages.scores import Scores
from stagewright_plugins.scoring import rules, table_rules
from stagewright_plugins.scoring.baseline import shown
from stagewright_plugins.scoring.batches import groups
from stagewright_plugins.scoring.sheet import Sheet
from stagewright_plugins.tables.reading import columns, datatypes, id_column, read


def scored(inputs: Inputs, by: Sequence[str], prior: float) -> Scores:
    """Learn class shares by the columns `by` (of none: overall), score them, leave `rule.json`, show the scores.

    Raises:
        StagewrightError: the data is no table, or has no such column.
    """
    task, context, known = inputs.framing.task, inputs.context, columns(inputs.data)
    for name in by:
        if name not in known:
            raise StagewrightError(
                f"objective.baseline.by: the data has no column {name!r}, {suggestion(name, known)}"
            )
    train, test = read(inputs.data, "train"), read(inputs.data, "test")
    rule = table_rules.historical_rate(train.inputs, train.targets, by, len(task.classes), prior)
    rule |= {"inputs": datatypes(known), "id": id_column(inputs.data)}
    rules.write(context.workdir, rule)
    sheet = Sheet(inputs.metrics, task, context)
    sheet.update(test.ids, table_rules.rebuilt(rule)(test.inputs), test.targets)
    scores = sheet.write(context.workdir, "test", groups(inputs.data, "test"), context.seed)
    context.show(*shown(scores, inputs.metrics))
    return scores
