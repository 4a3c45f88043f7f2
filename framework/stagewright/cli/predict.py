"""stagewright predict: many samples with a released model, in batches; taken up again where it was interrupted."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from stagewright import releases
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.recipe.project import home, project
from stagewright.recipe.recipe import find
from stagewright.stages.deploy import PredictorInputs
from stagewright.store import Store

MANIFEST = "manifest.json"
EPILOG = """\
What a package takes as input:
  pictures  a picture, or a folder of PNG, JPEG, TIFF, BMP, WebP
  rows      .csv, .tsv or .jsonl with the package's columns
  texts     .txt with a text a line; .csv, .tsv or .jsonl with the column `text`
  any       Parquet, or a `datasets` folder (save_to_disk)
"""


def main(args: list[str], _debug: bool) -> int:
    """Find the package, hand it with the input to the predictor; prints where the predictions lie."""
    parser = argparse.ArgumentParser(
        prog="stagewright predict", description=__doc__, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("model", help="folder of a package, a recipe, or the name of a released model")
    parser.add_argument("input", type=Path, help="file or folder of samples, see below")
    parser.add_argument("--out", type=Path, required=True, help="folder for the predictions")
    parser.add_argument("--version", help="alias or version; `champion` if there is one, else the newest")
    parser.add_argument("--batch-size", type=int, help="samples predicted at once; bounds memory")
    parser.add_argument("--shard", type=int, help="samples per output file; what an interruption can cost")
    parser.add_argument("--threads", type=int, help="threads of a prediction; one per CPU if not said")
    parser.add_argument("--format", help="of the predictions: `parquet` (if not said), `csv` or `jsonl`")
    parser.add_argument("--id", help="column that names a row of a table; the package knows the usual one")
    parser.add_argument("--predictor", default="batch", help="plugin that does it (`batch`)")
    parser.add_argument("--no-masks", action="store_true", help="write no pictures of masks")
    parsed = parser.parse_args(args)
    package, registry = _package(parsed.model, parsed.version)
    settings = {name: getattr(parsed, name) for name in ("batch_size", "shard", "threads", "format", "id")}
    said = {name: value for name, value in settings.items() if value is not None}
    said |= {"masks": False} if parsed.no_masks else {}
    predictor = registry.component("deploy.predictor", {"type": parsed.predictor, **said})
    inputs = PredictorInputs(package, parsed.input, parsed.out, registry.component, _say)
    count = predictor(inputs)
    sys.stdout.write(f"{count} predictions in {parsed.out}\n")
    return 0


def _package(model: str, version: str | None) -> tuple[Path, Registry]:
    """The package's folder, and the plugins of the project it belongs to."""
    folder = Path(model)
    if (folder / MANIFEST).is_file():
        if version:
            raise StagewrightError(f"{model} is a package, one version by itself: leave --version out")
        return folder, Registry(project())
    if folder.is_dir():
        raise StagewrightError(f"{model} is no package: it has no {MANIFEST}")
    name, place, root = _named(model)
    return _release(place, name, version).path(place), Registry(root)


def _named(model: str) -> tuple[str, Path, Path]:
    """The model's name, the home of its releases and its project: of a released model here, else of a recipe.

    The recipe is not checked: its data need not lie where its model is used.
    """
    if model in releases.names(home()):
        return model, home(), project()
    from stagewright.recipe.compose import compose

    file = find(model, os.getcwd())
    name = compose(file).config.get("name")
    return name if isinstance(name, str) else file.name, Store(file.project).home, file.project


def _release(place: Path, name: str, version: str | None) -> releases.Release:
    if version:
        return releases.find(place, name, version)
    champion = releases.current(place, name, releases.CHAMPION)
    return champion or releases.newest(place, name)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
