"""What the documentation shows is right: recipes check, plugins load and keep their contract, links lead somewhere."""

from __future__ import annotations

import ast
import contextlib
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from documents import ROOT, Block, blocks, pages
from stagewright import load
from stagewright.cli import VERBS, main
from stagewright.lifecycle import EXTRAS, SECTIONS
from stagewright.plugin.registry import Registry
from stagewright.recipe.overlay import overlaid

# What the pages' examples of a section say is added to, or laid over: the recipe whose words they use.
RECIPES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "recipes").glob("*.yaml"))}
TEMPLATES = ROOT / "framework" / "stagewright" / "scaffold" / "recipes"
RECIPES["rows"] = (TEMPLATES / "classification.yaml").read_text(encoding="utf-8")
RECIPES["cells"] = next(block.text for block in blocks("yaml", page="README.md"))
IN_RECIPES = [item for item in blocks("yaml") if (item.file or "recipes/").startswith("recipes/")]
PLUGINS = [block for block in blocks("python") if (block.file or "").startswith("plugins/")]


@pytest.mark.parametrize("block", IN_RECIPES, ids=str)
def test_yaml_is_part_of_a_recipe_that_checks(block: Block, tmp_path: Path) -> None:
    """Examples check clean on at least one of the bundled recipes and templates, once the files they name are there."""
    said = yaml.safe_load(block.text)
    assert set(said) <= {*SECTIONS, *EXTRAS, "defaults"}, "begins at a section, as in a recipe"
    found = {}
    for base, text in RECIPES.items():
        project = _project(tmp_path / base)
        recipe = project / "recipes" / "shown.yaml"
        recipe.write_text(yaml.safe_dump(_laid_over(yaml.safe_load(text), said)), encoding="utf-8")
        found[base] = load(recipe, folder=project).check()
        if found[base]:
            return
    least = min(found.values(), key=len)
    raise AssertionError(f"{block}\n{least!r}")


def _laid_over(whole: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    complete = {"objective", "framing", "data", "metrics"} <= set(said)
    said = {key: value for key, value in said.items() if key != "defaults"}  # what they name is in the base
    if complete:
        return said
    return {key: overlaid(whole.get(key), said.get(key, whole.get(key))) for key in {**whole, **said}}


def _project(folder: Path) -> Path:
    """A project with every in-house plugin that the pages show, and the data they speak of."""
    (folder / "recipes").mkdir(parents=True)
    for name in ("pictures", "plates"):
        (folder / name / "images").mkdir(parents=True)
        (folder / name / "masks").mkdir(parents=True)
    (folder / "rows.csv").write_text("row,at,seen,outcome,kind,size\n1,2024-01-01,2024-01-01,on_time,a,1\n")
    (folder / "pairs.tsv").write_text("Save\tEnregistrer\n")
    for block in PLUGINS:
        path = folder / str(block.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("block", PLUGINS, ids=str)
def test_a_plugin_is_one_file_that_loads(block: Block, tmp_path: Path) -> None:
    project = _project(tmp_path / "project")
    path = Path(str(block.file)).relative_to("plugins").with_suffix("")
    plugin = Registry(project).load(".".join(path.parts[:-1]), path.name)
    assert plugin.function.__doc__


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_is_python_and_says_what_it_is(block: Block) -> None:
    tree = ast.parse(block.text)
    marked = any(
        isinstance(node, ast.FunctionDef) and any("." in ast.unparse(item) for item in node.decorator_list)
        for node in tree.body
    )
    assert not marked or block.file, f"{block}: a plugin's first line says its file: `# plugins/...`"


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml_is_toml(block: Block) -> None:
    assert tomllib.loads(block.text)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


COMMANDS = [
    (block, typed.partition("  #")[0].strip())
    for block in blocks("console")
    for typed, _ in block.typed
    if typed.startswith("stagewright ")
]


@pytest.mark.parametrize(("block", "command"), COMMANDS, ids=[f"{block}-{text}" for block, text in COMMANDS])
def test_a_command_has_its_verb_and_its_flags(
    block: Block, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, verb, *words = shlex.split(command.removesuffix("&"))
    assert verb in VERBS, f"{block}: {command}"
    flags = {word.partition("=")[0] for word in words if word.startswith("--")} - {"--help"}
    told = _help(verb, words, capsys)
    assert not [flag for flag in flags if flag not in told], f"{block}: {command}\n{told}"


def _help(verb: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the verb says of itself, and of the first word after it (`runs show`)."""
    told = ""
    for asked in ([verb, "--help"], [verb, words[0] if words else "", "--help"]):
        with contextlib.suppress(SystemExit):
            main(asked)
        told += "".join(capsys.readouterr())
    return told
