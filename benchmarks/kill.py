"""kill -9 at random moments, then `run` again: are the final metrics those of an undisturbed run?

    python benchmarks/kill.py [MOMENTS]

Kills a small brain_tissue run at MOMENTS (default 100) random moments, four in one project; then runs
it to its end, compares it with the undisturbed run, and begins anew. Prints how many kills there were, how
many runs ended, and how many of those differ (aim: none).
"""

from __future__ import annotations

import json
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from running import SMALL, Project, new_project

COMMAND = ("run", "brain_tissue", *SMALL)


def main() -> None:
    moments = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rng = random.Random(11)
    with tempfile.TemporaryDirectory() as scratch:
        undisturbed = new_project(Path(scratch) / "undisturbed")
        began = time.monotonic()
        undisturbed(*COMMAND, code=None)
        whole = time.monotonic() - began
        expected = undisturbed.shown()["metrics"]
        print(f"undisturbed: {whole:.1f} s, iou_mean {expected['iou_mean']['value']:.6f}")
        ended = different = killed = broken = 0
        project = new_project(Path(scratch) / "project-0")
        while killed < moments:
            process = project.start(*COMMAND)
            time.sleep(rng.uniform(0.05, whole))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
            broken += half_written(project)
            if killed % 4 == 0 or killed == moments:
                project(*COMMAND, code=None)
                ended += 1
                different += project.shown()["metrics"] != expected
                project = new_project(Path(scratch) / f"project-{ended}")
    print(f"kills: {killed}, runs brought to their end: {ended}, with other metrics: {different} (aim: 0)")
    print(f"half-written entries or records seen after a kill: {broken} (aim: 0)")
    raise SystemExit(1 if different or broken else 0)


def half_written(project: Project) -> int:
    """How many named things are not whole: entries with missing files, records that do not parse."""
    home, wrong = project.path / ".stagewright", 0
    for path in (home / "cache").glob("*/entry.json"):
        entry = json.loads(path.read_text())
        files = (home / "store" / entry["artifact"] / name for name, *_ in entry["manifest"])
        wrong += any(not file.is_file() for file in files)
    for path in (home / "runs").glob("*/*.json"):
        try:
            json.loads(path.read_text())
        except ValueError:
            wrong += 1
    return wrong


if __name__ == "__main__":
    main()
