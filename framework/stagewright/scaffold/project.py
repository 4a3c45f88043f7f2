"""A new project that runs as it is: a recipe, an in-house source that draws its data, tests, CI."""

from __future__ import annotations

from stagewright.scaffold.naming import named
from stagewright.scaffold.plugin import plugin_files
from stagewright.scaffold.template import FOLDER, below

SOURCE = "drawn_cells"


def project_files(name: str) -> dict[str, str]:
    """Every file of the project by path below its folder; raises RecipeError for a name that none can have."""
    named(name, "project")
    return dict(below(FOLDER / "project", name)) | plugin_files("data.source", SOURCE)
