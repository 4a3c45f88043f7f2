"""The build context, as far as it can be checked without an engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from stagewright._version import __version__
from stagewright_plugins.packaging import manifest

Placed = Callable[..., Path]
INSTRUCTIONS = {
    "FROM",
    "LABEL",
    "ENV",
    "COPY",
    "RUN",
    "USER",
    "VOLUME",
    "EXPOSE",
    "HEALTHCHECK",
    "ENTRYPOINT",
    "CMD",
}


def instructions(folder: Path) -> list[tuple[str, str]]:
    text = (folder / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1].strip()) for line in lines]


def test_every_instruction_is_one_and_the_base_comes_first(placed: Placed) -> None:
    found = instructions(placed("container"))
    assert found[0] == ("FROM", "python:3.11-slim")
    assert {name for name, _ in found} <= INSTRUCTIONS


def test_what_is_copied_is_in_the_build_context(placed: Placed, package: Path) -> None:
    folder = placed("container")
    for source in (text.split()[0] for name, text in instructions(folder) if name == "COPY"):
        assert (package / source).exists()


def test_it_serves_the_package_as_nobody_in_particular(placed: Placed) -> None:
    found = instructions(placed("container", port=9000))
    by_name = dict(found)
    assert json.loads(by_name["ENTRYPOINT"]) == ["stagewright", "serve", "/model"]
    assert json.loads(by_name["CMD"]) == ["--host", "0.0.0.0", "--port", "9000"]
    assert by_name["EXPOSE"] == "9000"
    assert by_name["USER"] == "10001"
    names = [name for name, _ in found]
    assert names.index("USER") > max(i for i, name in enumerate(names) if name in ("RUN", "COPY"))


def test_the_commands_arguments_are_the_verbs_own(placed: Placed) -> None:
    from stagewright.cli.serve import _parser

    by_name = dict(instructions(placed("container")))
    words = json.loads(by_name["ENTRYPOINT"])[2:] + json.loads(by_name["CMD"])
    assert _parser().parse_args(words).port == 8080


def test_the_package_is_whole_with_what_was_written(placed: Placed, package: Path) -> None:
    placed("container")
    manifest.write(package)
    assert manifest.verify(package)["platform"] == "onnx"


def test_only_what_serving_imports_is_installed(placed: Placed) -> None:
    folder = placed("container")
    lines = (folder / "requirements.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines)
    assert {"onnxruntime", "numpy", "uvicorn", "httptools", "pydantic"} <= set(pinned)
    assert not {"torch", "lightning", "mlflow", "datasets", "neural-compressor"} & set(pinned)
    assert all(version(name) == known for name, known in pinned.items())
    assert f"--no-deps stagewright=={__version__}" in re.sub(r"\s+", " ", (folder / "Dockerfile").read_text())
