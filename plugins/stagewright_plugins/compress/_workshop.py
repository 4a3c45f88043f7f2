"""Where steps do their work: each in a folder of its own, once, whatever asks for it again or kills it.

A variant is named by what led to it (the model as trained, then every step with its settings), so that a killed
run, and a search that comes back to a setting, find what is finished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from stagewright.contract import Component
from stagewright.errors import StagewrightError, StepError
from stagewright.frozen import frozen
from stagewright.report.blocks import Block
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import exported

STEP = Component[Inputs, Model]
DONE, ONNX = "done.json", "onnx"


@dataclass(frozen=True)
class Variant:
    """One model on the way, and its ONNX file.

    Attributes:
        name: what led to it, for people: `prune + onnx_int8`.
        model: as its step left it, PyTorch or ONNX.
        folder: its own, with `onnx/model.onnx` as it would be deployed.
        steps: spec of every step that led to it, in order.
        blocks: what its step put on the report.
    """

    name: str
    model: Model
    folder: Path
    steps: tuple[Mapping[str, Any], ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def onnx(self) -> Path:
        """The folder of its ONNX file."""
        return self.folder / ONNX

    @property
    def spec(self) -> dict[str, Any]:
        """How to come to this model again."""
        return {"type": "onnx", "of": dict(self.model.spec), "steps": [dict(step) for step in self.steps]}


@frozen
class Told(Block):
    """A block that a finished step showed before, as it was kept."""

    kept: Mapping[str, Any] = field(default_factory=dict)
    kind: ClassVar[str] = "told"

    def to_json(self) -> dict[str, Any]:
        """What the block said."""
        return dict(self.kept)


@dataclass(frozen=True)
class Workshop:
    """Runs steps on variants of one trained model."""

    inputs: Inputs

    @cached_property
    def trained(self) -> Variant:
        """The model as trained, exported as it is."""
        folder = self._folder("trained")
        model = self.inputs.model
        if not (folder / DONE).is_file():
            exported(model, self.inputs.framing.task, self.inputs.context, folder / ONNX)
            _write(folder / DONE, {})
        return Variant("as trained", model, folder)

    def chain(self, steps: Sequence[STEP], labels: Sequence[str] | None = None) -> list[Variant]:
        """What each step in turn makes of the newest variant that it can work on; labels name the steps."""
        made: list[Variant] = [self.trained]
        for step, label in zip(steps, labels or [step.type for step in steps], strict=True):
            made.append(self.made(next(one for one in reversed(made) if _fits(step, one)), step, label))
        return made[1:]

    def made(self, base: Variant, step: STEP, label: str) -> Variant:
        """What a step makes of a variant; worked out once."""
        spec = step.spec()
        steps = (*base.steps, spec)
        folder = self._folder(json.dumps(steps, sort_keys=True))
        name = f"{base.name} + {label}" if base.steps else label
        if not (folder / DONE).is_file():
            self._work(base, step, folder, name)
        done = json.loads((folder / DONE).read_text(encoding="utf-8"))
        model = Model(folder / done["path"], *(done[key] for key in _FIELDS))
        blocks = tuple(Told(block["title"], kept=block) for block in done["blocks"])
        return Variant(name, model, folder, steps, blocks)

    def _work(self, base: Variant, step: STEP, folder: Path, name: str) -> None:
        context = self.inputs.context
        work = folder / "work"
        work.mkdir(parents=True, exist_ok=True)
        blocks: list[Block] = []
        context.emit("compress_step", variant=name)

        def emit(event: str, /, **fields: Any) -> None:
            # Epochs of several steps would be taken for one training.
            context.emit(f"compress_{event}", variant=name, **fields)

        own = replace(context, workdir=work, emit=emit, show=lambda *shown: blocks.extend(shown))
        model = step(replace(self.inputs, model=base.model, context=own))
        if not isinstance(model, Model):
            raise StepError(f"compress step {step.type!r} must return a Model, got {type(model).__name__}")
        exported(model, self.inputs.framing.task, context, folder / ONNX)
        path = model.path.resolve().relative_to(folder.resolve()).as_posix()
        kept = {key: getattr(model, key) for key in _FIELDS}
        _write(folder / DONE, {**kept, "path": path, "blocks": [block.to_json() for block in blocks]})

    def _folder(self, key: str) -> Path:
        name = sha256(key.encode()).hexdigest()[:16]
        folder = self.inputs.context.workdir / ".resume" / "variants" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def require(steps: Sequence[STEP], trained: Model) -> None:
    """Raise StagewrightError for a step that no model in front of it fits, before any work is done."""
    formats = [trained.format]
    for step in steps:
        takes = step.facts.takes
        if not set(takes) & set(formats):
            raise StagewrightError(
                f"compress.steps: {step.type!r} works on models of format {' or '.join(takes)}, and there is "
                f"none before it ({', '.join(dict.fromkeys(formats))})"
            )
        formats.append(step.facts.gives)


_FIELDS = ("format", "spec", "validation", "parameters")


def _fits(step: STEP, variant: Variant) -> bool:
    return variant.model.format in step.facts.takes


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Visible once it is whole."""
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(content), encoding="utf-8")
    beside.replace(path)
