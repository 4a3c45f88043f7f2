"""The parts of a deployment in order."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.report.blocks import Block
from stagewright.stages.deploy import BackendInputs, Engine, Inputs, Package, TargetChoice, TargetInputs
from stagewright.stages.verdict import Verdict
from stagewright_plugins.packaging import manifest, signature, sketch

from . import _card as cards
from . import _choosing as choosing
from . import _gates as gates
from . import _parity as parities
from . import _showing as showing
from ._measured import Measured, measured
from ._modality import Modality, modality
from ._reference import reference
from ._samples import write_samples

if TYPE_CHECKING:
    from .local import Card, Constraints, Fairness, Parity

FOLDER = "package"


@dataclass(frozen=True)
class Settings:
    """The stage's settings, by the names that `local` documents."""

    targets: list[TargetChoice] | None
    constraints: Constraints | None
    card: Card
    parity: Parity
    licences: list[str] | None
    personal_data: list[Any]
    fairness: Fairness | None
    samples: int


def packaged(inputs: Inputs, settings: Settings) -> Package:
    """Make the package, judge it, and write what its targets want."""
    return _Deployment(inputs, settings).run()


@dataclass
class _Deployment:
    inputs: Inputs
    settings: Settings
    verdicts: list[Verdict] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def run(self) -> Package:
        self.folder.mkdir(parents=True)
        self._model()
        self._parity()
        found = self._measure()
        self._reference()
        self._card(found)
        version = manifest.stamp(self.folder)
        targets = self._targets(version)
        hashes = manifest.write(self.folder)
        manifest.verify(self.folder)  # what nobody could load must not be released
        self.inputs.context.show(showing.package_block(self.folder, self.signature, hashes), *self.blocks)
        name = self.inputs.context.name
        return Package(self.folder, name, version, hashes, targets, tuple(self.verdicts))

    @cached_property
    def folder(self) -> Path:
        """The package's own: the report and its pictures lie beside it."""
        return self.inputs.context.workdir / FOLDER

    @cached_property
    def modality(self) -> Modality:
        return modality(self.inputs)

    @cached_property
    def signature(self) -> dict[str, Any]:
        return self.modality.signature(self.inputs.context.name, self.modality.platform)

    @cached_property
    def engine(self) -> Engine:
        """The package on the backend that will serve it: everything that is said of it is measured on that."""
        backend = self.inputs.context.resolve("deploy.backend", {"type": self.modality.platform})
        found: Engine = backend(BackendInputs(self.folder, self.signature))
        return found

    def _model(self) -> None:
        self.modality.write_graph(self.folder / "model.onnx")
        text = signature.dumped(self.signature)
        (self.folder / signature.SIGNATURE).write_text(text, encoding="utf-8")

    def _parity(self) -> None:
        found = parities.compared(self.inputs, self.modality, self.engine, self.settings.parity)
        self._write("parity.json", found)
        self.verdicts.append(parities.verdict(found, self.settings.parity, self.modality.number))
        self.blocks.append(showing.parity_block(found))

    def _measure(self) -> Measured:
        groups = self.settings.fairness.groups if self.settings.fairness else []
        found = measured(self.inputs, self.modality, self.engine, groups)
        self.blocks += showing.score_blocks(found, self.inputs)
        return found

    def _reference(self) -> None:
        kept = reference(self.inputs, self.modality, self.engine, self.signature)
        sketch.write(self.folder, kept)
        write_samples(self.folder, self.modality, self.engine, self.settings.samples)

    def _card(self, found: Measured) -> None:
        card = cards.card(self.inputs, self.settings.card, found, self.folder)
        self._write("card.json", card)
        (self.folder / "card.md").write_text(cards.as_text(card), encoding="utf-8")
        self.verdicts += gates.verdicts(card, found, self.settings)
        self.blocks += showing.card_blocks(card, found, self.settings.fairness)

    def _targets(self, version: str) -> tuple[str, ...]:
        chosen = self._chosen()
        context = self.inputs.context
        for target in chosen:
            folder = self.folder / manifest.TARGETS / target.type
            folder.mkdir(parents=True)
            names = list(target(TargetInputs(self.folder, context.name, version, folder, context)))
            if not names:
                folder.rmdir()  # a target that wants nothing beside the package
            self.blocks += showing.target_blocks(folder, target.type, names)
        if (self.folder / manifest.TARGETS).is_dir() and not any((self.folder / manifest.TARGETS).iterdir()):
            (self.folder / manifest.TARGETS).rmdir()
        return tuple(target.type for target in chosen)

    def _chosen(self) -> list[TargetChoice]:
        constraints, context = self.settings.constraints, self.inputs.context
        if constraints is None:
            targets = self.settings.targets
            return [context.resolve("deploy.target", {"type": "local"})] if targets is None else targets
        candidates = self.settings.targets or choosing.bundled(context)
        needs = choosing.needs(self.folder, self.modality, self.engine, constraints)
        choice = choosing.choose(candidates, constraints, needs)
        text = json.dumps(choice.to_json(), indent=1)
        (context.workdir / "choice.json").write_text(text + "\n", encoding="utf-8")
        self.blocks.append(showing.choice_block(choice))
        return [choice.target]

    def _write(self, name: str, value: Any) -> None:
        text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
        (self.folder / name).write_text(text + "\n", encoding="utf-8")
