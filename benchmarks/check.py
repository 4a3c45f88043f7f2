"""What `check` costs: anew against a bare Hydra composition, unchanged against an empty interpreter.

    python benchmarks/check.py [RECIPE] [ROUNDS]

Aims: `check --fresh` at most 1.5 times Hydra's own `compose()` of the same recipe; `check` of an unchanged
recipe at most 4 times `python -c pass`. Both are to hold with 100 in-house plugins in the project, too. Also says
which heavy libraries a fresh check imported (none).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from _in_house import NAMED, project
from _timing import interleaved, ratio, told

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = 100  # in-house ones, in a project of their own
HEAVY = ("torch", "numpy", "pandas", "mlflow", "datasets", "optuna", "lightning", "scipy", "sklearn")
COMPOSE = """
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
with initialize_config_dir({folder!r}, version_base="1.3"):
    config = compose({name!r}, overrides=["hydra.searchpath=[{conf!r}]"])
    OmegaConf.to_container(config, resolve=True)
"""
IMPORTED = """
import sys
from stagewright.cli import main
code = main(["check", {recipe!r}, "--fresh"])
print([name for name in {heavy!r} if name in sys.modules])
sys.exit(code)
"""


def main() -> None:
    recipe = sys.argv[1] if len(sys.argv) > 1 else "recipes/brain_tissue.yaml"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    path = (ROOT / recipe).resolve()
    measured(path, ROOT, rounds)
    with tempfile.TemporaryDirectory() as folder:
        print(
            f"\nthe same recipe, {PLUGINS} in-house plugins beside it, {sum(NAMED.values())} of them named:"
        )
        grown = project(Path(folder).resolve(), path, PLUGINS)
        measured(grown, grown.parents[1], rounds)


def measured(path: Path, cwd: Path, rounds: int) -> None:
    """Time the check of one recipe in its project; says what it imported."""
    program = str(Path(sys.executable).with_name("stagewright"))
    bare = COMPOSE.format(folder=str(path.parent), name=path.stem, conf=f"file://{ROOT / 'conf'}")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "hydra compose()": [sys.executable, "-c", bare],
        "check --fresh": [program, "check", str(path), "--fresh"],
        "check, unchanged": [program, "check", str(path)],
    }
    times = interleaved(commands, cwd, rounds)
    print(told(times))
    print(ratio(times, "check --fresh", "hydra compose()"), "  (aim: at most 1.5)")
    print(ratio(times, "check, unchanged", "python -c pass"), "  (aim: at most 4)")
    seen = [sys.executable, "-c", IMPORTED.format(recipe=str(path), heavy=HEAVY)]
    shown = subprocess.run(seen, cwd=cwd, capture_output=True, text=True, check=True)
    print("heavy libraries imported by check --fresh:", shown.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
