"""A target: a shell script that serves the package."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import deploy
from stagewright.stages.deploy import TargetInputs


@deploy.target(local=True)
def shell_script(
    inputs: TargetInputs, /, *, port: Annotated[int, Field(ge=1, le=65535, description="to listen on")] = 8080
) -> Sequence[str]:
    """`serve.sh`, which starts `stagewright serve` where the package lies."""
    script = f"#!/bin/sh\nexec stagewright serve {inputs.name} port={port}  # {inputs.version}\n"  # yours
    (inputs.folder / "serve.sh").write_text(script)
    return ["serve.sh"]
