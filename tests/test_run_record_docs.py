"""docs/run-record.md and docs/tracking.md name what the code writes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from stagewright.plugin.registry import Registry
from stagewright.plugin.settings import settings_of
from stagewright.run.run_result import result

ROOT = Path(__file__).resolve().parents[1]
RECORD = (ROOT / "docs" / "run-record.md").read_text(encoding="utf-8")
TRACKING = (ROOT / "docs" / "tracking.md").read_text(encoding="utf-8")


def emitted() -> Iterator[str]:
    """Names of all events that a literal in the sources gives to `emit` or `event`."""
    for folder in ("framework", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Call) and node.args and _called(node.func) in ("emit", "event"):
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield first.value


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def result_fields() -> set[str]:
    """Keys of the literal that becomes `record.json`."""
    source = ast.parse((ROOT / "framework" / "stagewright" / "run" / "run_result.py").read_bytes())
    (function,) = (
        node
        for node in ast.walk(source)
        if isinstance(node, ast.FunctionDef) and node.name == result.__name__
    )
    (returned,) = (node.value for node in ast.walk(function) if isinstance(node, ast.Return))
    assert isinstance(returned, ast.Dict)
    return {str(key.value) for key in returned.keys if isinstance(key, ast.Constant)}


def test_every_event_is_documented() -> None:
    named = set(re.findall(r"`([a-z_]+)`", RECORD))
    found = set(emitted())
    assert {"epoch", "run_finished", "step_started"} <= found
    assert found - named == set(), "docs/run-record.md, the table of events"


def test_every_field_of_the_record_is_documented() -> None:
    named = set(re.findall(r"`([a-z_]+)`", RECORD))
    assert "kpis" in result_fields()
    assert result_fields() - named == set()


def test_every_setting_of_the_mirror_is_documented() -> None:
    settings = settings_of(Registry().load("tracking", "mlflow").function)
    assert {name for name in settings if f"| `{name}` |" not in TRACKING} == set()
