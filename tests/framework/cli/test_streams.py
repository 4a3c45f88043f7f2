"""What the program does when its output or its disk cannot be written: one line or none, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(sys.executable).with_name("stagewright")


def ended(toy: Any, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A shell's line; `$S` is the program."""
    given = {"PATH": "/usr/bin:/bin", "S": str(PROGRAM), **environment}
    return subprocess.run(
        ["sh", "-c", line], cwd=toy.path, env=given, text=True, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize("verb", ["check toy", "explain toy train", "plugins train"])
def test_closed_output_is_dropped(verb: str, toy: Any) -> None:
    toy.written()
    for _ in range(2):  # an unchanged check answers from its last verdict
        done = ended(toy, f'"$S" {verb} >&-')
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("verb", ["check toy", "explain toy train"])
def test_a_full_disk_below_the_output_is_one_line(verb: str, toy: Any) -> None:
    toy.written()
    for _ in range(2):
        done = ended(toy, f'"$S" {verb} > /dev/full')
        said = "output: cannot be written or read: No space left on device\n"
        assert (done.returncode, done.stderr) == (6, said)


def test_signs_that_a_terminal_has_no_code_for_are_escaped(toy: Any) -> None:
    toy.written({"description": "Zoë"})
    ascii_only = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = ended(toy, '"$S" explain toy description', **ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    assert "description: 'Zo\\xeb'" in done.stdout


def test_a_run_that_cannot_write_is_one_line(toy: Any) -> None:
    toy.written()
    (toy.path / ".stagewright").write_text("in the way")
    done = ended(toy, '"$S" run toy')
    assert done.returncode == 6
    assert done.stderr.count("\n") == 1
    assert "cannot be written or read: Not a directory" in done.stderr


@pytest.mark.parametrize("blocks", [1, 8])
def test_a_file_that_may_not_grow_is_no_traceback(blocks: int, toy: Any) -> None:
    toy.written()
    done = ended(toy, f'ulimit -f {blocks}; "$S" run toy', PYTHONDONTWRITEBYTECODE="1")
    assert done.returncode == 6
    assert "File too large" in done.stderr or "larger than this disk" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_name_too_long_for_a_file_is_one_line(toy: Any) -> None:
    toy.written()
    done = ended(toy, f'"$S" predict {"a" * 300} x --out y')
    assert done.returncode == 6
    assert done.stderr.endswith("cannot be written or read: File name too long\n")
    assert done.stderr.count("\n") == 1
