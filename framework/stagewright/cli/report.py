"""stagewright report: the report page of a run, drawn anew from its record."""

from __future__ import annotations

import argparse
import sys

from stagewright.recipe.project import home, project
from stagewright.record import record
from stagewright.report.page import write
from stagewright.store import Store


def main(args: list[str], _debug: bool) -> int:
    """Draw the page and print its path."""
    parser = argparse.ArgumentParser(prog="stagewright report", description=__doc__)
    parser.add_argument("run", nargs="?", default="latest", help="id, a unique part of it, or `latest`")
    folder = record.find(home(), parser.parse_args(args).run)
    path = write(folder, Store(project()).artifact)
    sys.stdout.write(f"{path}\n")
    return 0
