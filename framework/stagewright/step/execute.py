"""One step done: its plugin called in a folder of its own, and what it leaves put into the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from stagewright import json_text, lifecycle
from stagewright.check.check import Checked
from stagewright.context import Context
from stagewright.contract import Component
from stagewright.errors import StagewrightError, StepError
from stagewright.plugin.binding import walk
from stagewright.plugin.registry import Registry
from stagewright.report.blocks import Block
from stagewright.step import budget
from stagewright.store import Hit, Store, disk_errors

Tell = Callable[..., dict[str, Any]]  # event name and fields → the line as it is kept


class Listening:
    """What a step says while it works: events for the log, blocks for the report."""

    def __init__(self, tell: Tell, step: str) -> None:
        self._tell, self._step = tell, step
        self._events: list[dict[str, Any]] = []
        self.blocks: list[dict[str, Any]] = []

    def emit(self, event: str, /, **fields: Any) -> None:
        """Keep an event with the step, and pass it on."""
        self._events.append(self._tell(event, **{**fields, "step": self._step}))

    def show(self, *blocks: Block) -> None:
        """Keep blocks for the step's part of the report."""
        self.blocks += [block.to_json() for block in blocks]

    def lines(self) -> str:
        """Every event, one JSON object a line."""
        return "".join(json_text.text(event) + "\n" for event in self._events)


def execute(
    checked: Checked,
    registry: Registry,
    store: Store,
    step: str,
    fingerprint: str,
    parts: dict[str, Any],
    inputs: Mapping[str, Any],
    listening: Listening,
    durable: bool = True,
) -> Hit:
    """Call a step's plugin and keep what it leaves; raises StepError in one line for whatever it raises.

    `inputs` is what the contract takes beside the context. `durable` as in `Store.put`.
    """
    began = time.monotonic()
    component = checked.components[step]
    workdir = store.work(fingerprint)
    context = Context(
        workdir,
        checked.seed,
        listening.emit,
        listening.show,
        registry.component,
        store.home,
        checked.name,
    )
    contract = lifecycle.step_section(step).contract
    shown = {name: contract.shown(name, value) for name, value in inputs.items()}
    try:
        with disk_errors():
            output = component(contract.takes(**shown, context=context))
    except StagewrightError:
        raise
    except Exception as error:
        raise StepError(_blame(step, checked, error)) from error
    budget.heeded()  # what went on beyond its limit is not kept
    seconds = time.monotonic() - began
    try:
        with disk_errors():
            blocks = json_text.text(listening.blocks)
            (workdir / "report.json").write_text(blocks, encoding="utf-8")
            told = _to_json(output, workdir)
            return store.put(fingerprint, told, parts, seconds, listening.lines(), durable)
    except StagewrightError:
        raise
    except Exception as error:
        raise StepError(f"{step} ({component.type}): what it left cannot be kept: {_said(error)}") from error


def handle(store: Store, step: str, hit: Hit) -> Any:
    """What a finished step gave, its paths inside its artifact."""
    return _from_json(lifecycle.step_section(step).contract.gives, hit.output, store.artifact(hit.artifact))


def plain(value: Any) -> Any:
    """A typed value as JSON."""
    return _adapter(type(value)).dump_python(value, mode="json")


def _blame(step: str, checked: Checked, error: Exception) -> str:
    """One line that names the innermost source line of a plugin, of whatever section, not the library's."""
    component = checked.components[step]
    own = _file(component)
    plugins = {_file(part) for found in checked.components.values() for _, part in walk(found, ())}
    place, trace = "", error.__traceback__
    while trace:
        code = Path(trace.tb_frame.f_code.co_filename)
        if code in plugins or (own and code.parent == own.parent):
            place = f" ({code}:{trace.tb_lineno})"
        trace = trace.tb_next
    return f"{step} ({component.type}) failed: {type(error).__name__}: {_said(error)}{place}"


def _file(component: Component[Any, Any]) -> Path | None:
    code = getattr(component.plugin, "__code__", None)
    return Path(code.co_filename) if code else None


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or "no message"


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(gives: Any) -> TypeAdapter[Any]:
    """One adapter per handle type: building one costs more than using it."""
    if gives not in _adapters:
        _adapters[gives] = TypeAdapter(gives)
    return _adapters[gives]


def _to_json(output: Any, workdir: Path) -> dict[str, Any]:
    """A handle as JSON; its paths must lie in the step's folder and become relative to it."""
    if not is_dataclass(output):
        raise TypeError(f"a stage must return its contract's handle, got {type(output).__name__}")
    found: dict[str, Any] = plain(output)
    for item in fields(output):
        value = getattr(output, item.name)
        if isinstance(value, Path):
            place, folder = value.resolve(), workdir.resolve()
            if not place.is_relative_to(folder):
                raise ValueError(f"its path {value} lies outside of the step's folder {workdir}")
            found[item.name] = place.relative_to(folder).as_posix()
    return found


def _from_json(gives: Any, output: Mapping[str, Any], artifact: Path) -> Any:
    found = _adapter(gives).validate_python(dict(output))
    placed = {
        item.name: artifact / getattr(found, item.name)
        for item in fields(found)
        if isinstance(getattr(found, item.name), Path)
    }
    for name, path in placed.items():
        object.__setattr__(found, name, path)
    return found
