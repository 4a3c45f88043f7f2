"""A rollout that promotes every package whose gates held."""

import json

from stagewright import releases
from stagewright.stages import rollout
from stagewright.stages.rollout import Decision, Inputs


@rollout.stage
def at_once(inputs: Inputs, /) -> Decision:
    """No traffic is split and nothing is compared: for models that nobody waits for."""
    context, package = inputs.context, inputs.deploy
    good = all(verdict.passed for verdict in package.verdicts)  # yours: what decides
    reason = "every gate held" if good else "a gate failed"
    (context.workdir / "journal.jsonl").write_text(json.dumps({"reason": reason}) + "\n")
    if good:
        releases.assign(context.home, context.name, "champion", package.version, "rollout", reason)
    return Decision("promoted" if good else "rolled_back", reason, context.workdir)
