"""Names hold the tree together: a plugin's file, its callable, its test and its docs have one name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stagewright import lifecycle
from stagewright.plugin.registry import Found, Registry

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = [found for kind in lifecycle.contracts() for found in Registry().names(kind)]


def name(found: Found) -> str:
    return f"{found.kind}/{found.name}"


def test_there_are_bundled_plugins() -> None:
    assert len(BUNDLED) > 30


@pytest.mark.parametrize("found", BUNDLED, ids=name)
def test_a_plugin_has_the_name_of_its_file(found: Found) -> None:
    assert Registry().load(found.kind, found.name).function.__name__ == found.name


@pytest.mark.parametrize("found", BUNDLED, ids=name)
def test_a_plugin_says_what_it_is(found: Found) -> None:
    doc = Registry().load(found.kind, found.name).function.__doc__
    assert doc
    assert len(doc.strip()) > 20


@pytest.mark.parametrize("section", lifecycle.SECTIONS)
def test_every_section_has_its_contract_and_its_place(section: str) -> None:
    assert (ROOT / "framework" / "stagewright" / "stages" / f"{section}.py").is_file()


def test_no_file_in_the_tree_is_named_utils() -> None:
    for folder in ("framework", "plugins", "tests", "benchmarks"):
        assert not [
            path for path in (ROOT / folder).rglob("*.py") if re.search(r"util|helper|misc", path.name)
        ]
