"""The generated pages of plugins: as they would be made now, with every kind, plugin and setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright import lifecycle
from stagewright.explain.catalogue import entries
from stagewright.explain.reference import pages
from stagewright.plugin.registry import Registry

DOCS = Path(__file__).parents[3] / "docs" / "plugins"
REGISTRY = Registry()
PAGES = pages(REGISTRY)


def test_there_is_a_page_for_every_kind_and_no_other() -> None:
    assert {path.name for path in DOCS.iterdir()} == set(PAGES) == {
        "index.md", *(f"{kind}.md" for kind in lifecycle.contracts())
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_as_it_would_be_made_now(name: str) -> None:
    kept = (DOCS / name).read_text(encoding="utf-8")
    assert kept == PAGES[name], "stale: run `make docs`"


@pytest.mark.parametrize("kind", sorted(lifecycle.contracts()))
def test_a_page_has_contract_example_plugins_and_settings(kind: str) -> None:
    page = PAGES[f"{kind}.md"]
    for heading in ("## Contract", "## Example", "## Plugins"):
        assert f"\n{heading}\n" in page
    for item in entries(REGISTRY, kind):
        assert f"\n### {item.found.name}\n" in page
        assert all(f"| `{setting}` |" in page for setting in item.settings)
        assert f"`{item.found.name}`" in PAGES["index.md"]


def test_a_page_names_no_folder_of_this_machine() -> None:
    here = str(Path(__file__).parents[3])
    assert not [name for name, text in PAGES.items() if here in text or str(Path.home()) in text]


def test_a_broken_plugin_of_a_project_is_in_its_pages_and_the_rest_go_on(tmp_path: Path) -> None:
    broken = tmp_path / "plugins" / "train" / "loss" / "broken.py"
    broken.parent.mkdir(parents=True)
    broken.write_text("raise ValueError('boom')\n")
    made = pages(Registry(tmp_path))["train.loss.md"]
    assert "### broken\n\nCannot be loaded: " in made
    assert "### dice\n" in made
