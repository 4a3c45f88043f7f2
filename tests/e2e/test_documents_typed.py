"""Every command of the reference pages, typed in a small project; what one prints is an example, how it ends is not."""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from documents import Block, blocks
from stagewright.recipe.overlay import overlaid
from walkthrough import Walkthrough, free_port

PAGES = (
    "docs/checking.md", "docs/report.md", "docs/run-record.md", "docs/predict.md", "docs/serve.md", "docs/monitor.md",
    "docs/rollout.md", "docs/tracking.md", "docs/sweep.md", "docs/editors.md", "README.md",
)  # fmt: skip
SMALL = {
    "name": "cells",
    "framing": {"success": [], "task": {"size": [32, 32]}},
    "train": {"model": {"width": 2}, "max_epochs": 1},
    "compress": None,
    "rollout": {
        "strategy": "canary",
        "steps": [{"setWeight": 50}, {"pause": {"minRequests": 20}}],
        "replay": {"requests": 300},
        "onInconclusive": "notify",
    },
    "sweep": {"params": {"train.optimizer.lr": [0.003, 0.01]}, "trials": 2, "sampler": "random"},
    "tracking": {"type": "mlflow"},
}
# What needs another machine, installs, or stays: said with its reason.
NOT_TYPED = {
    "make ": "CI types it",
    "tracking.example": "a server that is not there",
    "python app.py": "tested with an app of its own",
    "mlflow ui": "stays until it is ended; tested with its plugin",
    "sweep dashboard": "stays until it is ended; tested with its plugin",
    "--watch": "stays until it is ended; tested with its verb",
    "train.model=unet,deeplab": "twenty trials of the larger model; tested beside",
    "sweep.trials=40": "forty trials; tested beside",
    "predict ui_translation": "a release of minutes; tested with its predictor",
}
# Commands whose end depends on how the small model does.
OPEN_END = (
    "rollout status --url",
    "rollout promote",
    "rollout abort",
    "rollout rollback",
    "monitor ",
    "run cells",
    "retrain ",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walkthrough]:
    """The tutorial's pictures and recipe, made small and run once; a gateway that has answered a request."""
    folder = tmp_path_factory.mktemp("world")
    with Walkthrough(folder) as reader:
        for block in blocks("yaml", "python", page="docs/tutorial.md"):
            reader.block(block)
        recipe = folder / "recipes" / "cells.yaml"
        whole = yaml.safe_load(recipe.read_text())
        small = {key: overlaid(whole.get(key), SMALL.get(key, whole.get(key))) for key in {**whole, **SMALL}}
        recipe.write_text(yaml.safe_dump(small, sort_keys=False))
        page = Block("docs/tutorial.md", 0, "console", "")
        reader.type("python make_plates.py", "", page)
        reader.type("stagewright run cells", "", page, codes=(0, 3))
        run, version, package = _released(reader, page)
        reader.port = free_port()
        reader.replaced |= {
            "20261124-1015": run, "71b8c05aa088": version, "8080": reader.port, "9000": free_port(),
            "path/to/package": package, "out/package": package, "out/newer": package, "table.parquet": "plates/images",
            "scans/": "plates/images", "brain_tissue": "cells",
        }  # fmt: skip
        reader.type("stagewright serve cells --port 8080 &", "", page)
        reader.replaced["5f2c81"] = _asked(reader.port)
        yield reader


def _released(reader: Walkthrough, page: Block) -> tuple[str, str, str]:
    shown = json.loads(reader.type("stagewright runs show latest --json", "", page))
    deploy = next(step for step in shown["steps"] if step["step"] == "deploy")
    return (
        shown["id"],
        deploy["output"]["version"],
        f".stagewright/store/{deploy['artifact']}/{deploy['output']['path']}",
    )


def _asked(port: str) -> str:
    """One request; gives its id."""
    with urllib.request.urlopen(f"http://localhost:{port}/v2/models/cells") as answer:
        wanted = json.load(answer)["inputs"][0]
    zeros = np.zeros((1, 1, 32, 32), int)
    given = [{**wanted, "shape": list(zeros.shape), "data": zeros.tolist()}]
    body = json.dumps({"inputs": given}).encode()
    asked = urllib.request.Request(f"http://localhost:{port}/v2/models/cells/infer", body)
    with urllib.request.urlopen(asked) as answer:
        return str(answer.headers["X-Request-Id"])


def _commands() -> list[tuple[Block, str]]:
    return [
        (block, typed)
        for page in PAGES
        for block in blocks("console", page=page)
        for typed, _ in block.typed
        if not any(word in typed for word in NOT_TYPED)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("block", "typed"), _commands(), ids=[f"{block}-{typed[:40]}" for block, typed in _commands()]
)
def test_a_command_of_the_pages_ends_well(world: Walkthrough, block: Block, typed: str) -> None:
    if re.match(r"stagewright serve", typed):
        command, _, _ = typed.partition("  #")
        port = "" if "--port" in command else f" --port {free_port()}"
        world.type(f"{command.strip()}{port} &", "", block)
        return
    shutil.rmtree(world.folder / "predicted", ignore_errors=True)
    shutil.rmtree(world.folder / "other", ignore_errors=True)
    open_end = any(word in typed for word in OPEN_END)
    world.type(typed, "", block, codes=(0, 1, 3) if open_end else None)


def test_what_is_not_typed_is_there(tmp_path: Path) -> None:
    """A reason to leave a command out goes when the command goes."""
    typed = [typed for page in PAGES for block in blocks("console", page=page) for typed, _ in block.typed]
    assert [word for word in NOT_TYPED if not any(word in each for each in typed)] == []
