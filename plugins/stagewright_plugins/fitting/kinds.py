"""What differs between kinds of data while training: how samples are dealt out, and the module around the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.errors import StepError
from stagewright.stages.train import AugmentInputs, Inputs

from .loading import Loader, in_memory
from .module import Fit

if TYPE_CHECKING:
    from .fit import Plan


@dataclass(frozen=True)
class Kind:
    """Training on one kind of data.

    Attributes:
        module: makes the Lightning module.
        train, validation: iterables over batches; `train.start(epoch)` deals out another order.
        leave: writes what else belongs to the model into the artifact's folder.
    """

    module: Callable[..., Fit]
    train: Any
    validation: Any
    leave: Callable[[Path], None] = lambda _: None


def kind_of(inputs: Inputs, plan: Plan, module: Callable[..., Fit]) -> Kind:
    """The kind of the dataset at hand."""
    return _texts(inputs, plan, module) if inputs.data.modality == "text" else _pictures(inputs, plan, module)


def _pictures(inputs: Inputs, plan: Plan, module: Callable[..., Fit]) -> Kind:
    augment = [part(AugmentInputs(inputs.framing.task)) for part in plan.augment]
    pairs = {split: in_memory(inputs.data, split) for split in ("train", "validation")}
    train = Loader(pairs["train"], plan.batch_size, inputs.context.seed, augment, shuffle=True)
    return Kind(module, train, Loader(pairs["validation"], 2 * plan.batch_size))


def _texts(inputs: Inputs, plan: Plan, module: Callable[..., Fit]) -> Kind:
    """Raises StepError for what texts do not have: pictures to change, sub-words that the network cannot hold."""
    from stagewright_plugins.texts.reading import memory

    from .pairs import PairLoader
    from .sequences import SequenceFit, greedy

    if plan.augment or module is not Fit:
        raise StepError("train: texts know neither `augment` nor a teacher; leave them out")
    spec, data = plan.model.settings, inputs.data
    least = spec.get("memory")
    train = PairLoader(data, "train", least, plan.batch_size, inputs.context.seed, shuffle=True)
    if len(train.subwords) > spec["vocabulary"]:
        raise StepError(
            f"train.model.vocabulary {spec['vocabulary']} cannot hold the data's {len(train.subwords)} sub-words: "
            "raise it, or lower data.vocabulary"
        )
    held = PairLoader(data, "validation", least, 2 * plan.batch_size)
    translate = greedy(data, least, inputs.framing.task.input.shape[0])

    def leave(folder: Path) -> None:
        train.subwords.write(folder)
        memory(data).write(folder)

    return Kind(partial(SequenceFit, translate=translate, held=held), train, held, leave)
