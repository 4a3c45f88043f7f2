"""What a run costs when nothing changed: `run` (all cached) and `plan` against `check --fresh`.

    python benchmarks/run.py [RECIPE] [ROUNDS]

The recipe must have been run before. Aim: at most 3 times `check --fresh`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from _timing import interleaved, ratio, told

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    recipe = sys.argv[1] if len(sys.argv) > 1 else "brain_tissue"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    program = str(Path(sys.executable).with_name("stagewright"))
    commands = {
        "check --fresh": [program, "check", recipe, "--fresh"],
        "plan": [program, "plan", recipe],
        "run, nothing changed": [program, "run", recipe],
    }
    times = interleaved(commands, ROOT, rounds)
    print(told(times))
    print(ratio(times, "plan", "check --fresh"))
    print(ratio(times, "run, nothing changed", "check --fresh"), "  (aim: at most 3)")


if __name__ == "__main__":
    main()
