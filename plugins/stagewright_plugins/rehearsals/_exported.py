"""What holds of every exporter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.contract import Component
from stagewright.stages.manifests import Exported, ExportInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._plain import plain


def exported(plugin: Component[Any, Any], bench: Bench, section: str, settings: Mapping[str, Any]) -> object:
    """Every file that it names is there, and no other; what it cannot express is said in sentences."""
    folder = bench.folder / "out"
    folder.mkdir()
    spec = bench.registry.component(section, settings).spec()
    found = plugin(ExportInputs("cells", spec, folder, "b" * 64, "a" * 64))
    assert isinstance(found, Exported), f"gives {type(found).__name__}, not Exported"
    written = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert written == set(found.files), (
        f"it wrote {', '.join(sorted(written))}, and names {', '.join(found.files)}"
    )
    assert all(sentence.strip() for sentence in found.unmapped), "what it cannot express has no words"
    return plain(folder), list(found.unmapped)
