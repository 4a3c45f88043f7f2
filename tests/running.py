"""Running recipes as a user does: the installed program, in a project folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = Path(sys.executable).with_name("stagewright")

# brain_tissue made small enough for a test: few scanners, a narrow model, two epochs.
SMALL = (
    "data.source.scanners=6",
    "data.source.slices_per_scanner=4",
    "train.max_epochs=2",
    "train.model.width=4",
    "framing.success=[]",
    "~framing.approaches",
    "~tracking",
)


@dataclass
class Project:
    """A folder with the bundled recipes, and the program run in it."""

    path: Path

    def start(self, *args: str) -> subprocess.Popen[str]:
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            [str(PROGRAM), *args], cwd=self.path, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *args: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        process = self.start(*args)
        out, err = process.communicate(timeout=900)
        if code is not None:
            assert process.returncode == code, f"{args} exited {process.returncode}\n{out}\n{err}"
        assert "Traceback" not in out + err, out + err
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def shown(self, run: str = "latest") -> dict[str, Any]:
        return json.loads(self("runs", "show", run, "--json").stdout)

    def statuses(self, run: str = "latest") -> dict[str, str]:
        return {step["step"]: step["status"] for step in self.shown(run)["steps"]}


def new_project(path: Path) -> Project:
    """A project with a copy of the bundled recipes."""
    (path / "recipes").mkdir(parents=True)
    for recipe in (ROOT / "recipes").glob("*.yaml"):
        (path / "recipes" / recipe.name).write_text(recipe.read_text())
    return Project(path)
