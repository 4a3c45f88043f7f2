"""What was translated before: the translation of the most similar text, no model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import baseline
from stagewright.stages.baseline import Inputs
from stagewright.stages.scores import Scores


@baseline.stage(fits=("translation",))
def translation_memory(
    inputs: Inputs,
    /,
    *,
    least: Annotated[
        float, Field(ge=0, le=1, description="likeness below which a text stays untranslated; 0: never")
    ] = 0.0,
) -> Scores:
    """Fuzzy match over the train split: the pair whose source needs the fewest characters changed, placeholders aside.

    The asked text's own placeholders are put into the translation, as translators' tools do.

    Raises:
        StagewrightError: the data is no parallel text.
    """
    from stagewright_plugins.scoring import rules, text_rules
    from stagewright_plugins.scoring.baseline import shown
    from stagewright_plugins.scoring.batches import groups
    from stagewright_plugins.scoring.sheet import Sheet
    from stagewright_plugins.texts.reading import memory, read

    task, context = inputs.framing.task, inputs.context
    test = read(inputs.data, "test")
    rule = text_rules.translation_memory(memory(inputs.data), least)
    rules.write(context.workdir, rule)
    sheet = Sheet(inputs.metrics, task, context)
    sheet.update(test.ids, [one.text for one in text_rules.rebuilt(rule)(test.texts)], test.targets)
    scores = sheet.write(context.workdir, "test", groups(inputs.data, "test"), context.seed)
    context.show(*shown(scores, inputs.metrics))
    return scores
