"""The command line: one file per verb, each a few lines over the core's modules."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys

VERBS = {
    "run": "run a recipe; only what changed is done again",
    "check": "find everything wrong with a recipe, without running it",
    "explain": "why a key of a recipe has its value, and what may stand there",
    "sweep": "see where a sweep stands; its best settings, its dashboard",
    "plan": "what a run would do, what is cached, and why",
    "runs": "list, show and compare runs",
    "report": "the report of a run",
    "review": "see what waits for a verdict; accept or reject it",
    "serve": "answer requests with the champion, or with a package",
    "predict": "answer a folder or a file of samples",
    "rollout": "see where a rollout stands; promote, abort or roll back",
    "monitor": "health of live traffic, once or on a schedule",
    "retrain": "train anew with newer data, through the same gates",
    "export": "manifests for Kubernetes, Argo Rollouts, Flagger, Prometheus",
    "schema": "write JSON Schema, by which editors complete and check recipes",
    "new": "begin a project, a recipe or a plugin that works as it is",
    "plugins": "what a recipe can name, and where it comes from",
}
# Verbs that end before garbage could matter: looking for it while importing costs them a tenth of their time.
SHORT = ("check", "explain", "plan", "plugins")
DEBUG = "--debug"
# What a disk or its rights refuse, in this program or in what reads its output: nothing a traceback would explain.
DISK = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO,
    errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP,
)  # fmt: skip
DISK_TROUBLE = 6


def main(argv: list[str] | None = None) -> int:
    """Entry point of `stagewright`; returns the exit code (`stagewright.errors`)."""
    argv = sys.argv[1:] if argv is None else argv
    _open_streams()
    try:
        code = _main(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # the reader went away (`| head`): not an error of ours
        return 0
    except OSError as error:
        if error.errno not in DISK or DEBUG in argv:
            raise
        if not error.filename:
            _drop_output()
        sys.stderr.write(f"{error.filename or 'output'}: cannot be written or read: {error.strerror}\n")
        return DISK_TROUBLE
    return code


def _open_streams() -> None:
    """Output that is closed is dropped; signs that it has no code for are escaped."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (as long as the process)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Keep the interpreter from complaining at its end of what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _main(argv: list[str]) -> int:
    if argv[:1] == ["check"] and "--fresh" not in argv:
        # An unchanged check answers from its last verdict, before anything heavier is imported.
        from stagewright.cli.check_cache import lookup

        if known := lookup(argv[1:], os.getcwd()):
            return _answer(*known)
    return _dispatch(argv)


def _answer(code: int, output: str) -> int:
    stream = sys.stderr if code else sys.stdout
    stream.write(output)
    return code


def _dispatch(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        sys.stdout.write(usage())
        return 0
    if argv[0] == "--version":
        from stagewright._version import __version__

        sys.stdout.write(f"stagewright {__version__}\n")
        return 0
    if argv[0] not in VERBS:
        from stagewright.nearest import suggestion

        sys.stderr.write(f"stagewright: no command {argv[0]!r}, {suggestion(argv[0], VERBS, 'command')}\n")
        return 2
    return _guarded(argv[0], argv[1:])


def _guarded(verb: str, args: list[str]) -> int:
    from importlib import import_module

    from stagewright.errors import StagewrightError

    debug = DEBUG in args
    if verb in SHORT:
        gc.disable()
        # Looking through every installed package for plugins of pydantic would cost them another twentieth.
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code: int = import_module(f"stagewright.cli.{verb}").main(
            [arg for arg in args if arg != DEBUG], debug
        )
    except StagewrightError as error:
        if debug:
            raise
        sys.stdout.flush()
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    return code


def usage() -> str:
    """The verbs, one line each."""
    verbs = "".join(f"  {verb:<8} {what}\n" for verb, what in VERBS.items())
    return (
        "usage: stagewright VERB ...\n\n"
        f"{verbs}\n"
        "`stagewright VERB --help` says more. A verb that takes a RECIPE takes Hydra's overrides after it:\n"
        "  stagewright run brain_tissue train.max_epochs=4 train/model=unet\n"
    )
