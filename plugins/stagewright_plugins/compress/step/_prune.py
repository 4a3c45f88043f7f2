"""From a trained network to a thinner one that is fine-tuned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from stagewright.errors import StagewrightError
from stagewright.report.blocks import Table
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import example
from stagewright_plugins.exporting.network import network
from stagewright_plugins.fitting.checkpoint import save_weights
from stagewright_plugins.fitting.fit import Plan, fit
from stagewright_plugins.fitting.imitation import Imitation, Teacher
from stagewright_plugins.fitting.module import Fit
from stagewright_plugins.pruning.channels import families
from stagewright_plugins.pruning.resize import sizes_of
from stagewright_plugins.pruning.thinning import thinned

from ._tuning import train_inputs


@dataclass(frozen=True)
class Thinning:
    """The step's settings, by the names that `prune` documents."""

    keep: float
    multiple: int
    importance: str
    imitate: float


def pruned_model(inputs: Inputs, plan: Callable[..., Plan], settings: Thinning) -> Model:
    """Trace, thin out, rebuild, fine-tune; see `prune`."""
    task, context = inputs.framing.task, inputs.context
    trained = network(inputs.model, task, context)
    found = families(trained, example(task))
    if not found:
        raise StagewrightError("prune: every channel of the network reaches an operation that is not known")
    before = trained.state_dict()
    state = thinned(before, found, settings.keep, settings.multiple, settings.importance)
    spec = _spec(inputs, state)
    rebuilt = context.resolve("train.model", spec)
    thin = rebuilt(task)
    thin.load_state_dict(state)
    _require(thin, example(task))
    chosen = plan(model=rebuilt, title="Fine-tuning after pruning")
    context.show(_table(trained, thin))
    if chosen.max_epochs:
        teacher = Teacher(trained, settings.imitate, temperature=2.0)
        module = partial(Imitation, teacher=teacher) if settings.imitate else Fit
        return fit(train_inputs(inputs), chosen, thin, module)
    save_weights(state, context.workdir / "model.safetensors")
    return Model(context.workdir, "torch", spec, {}, _parameters(thin))


def _spec(inputs: Inputs, state: Any) -> dict[str, Any]:
    """A `pruned` model of the model as it was built first, however often it was pruned."""
    spec = inputs.model.spec
    inner = spec["model"] if spec["type"] == "pruned" else spec
    whole = inputs.context.resolve("train.model", inner)
    return {"type": "pruned", "model": whole.spec(), "sizes": sizes_of(state, whole(inputs.framing.task))}


def _require(thin: nn.Module, given: torch.Tensor) -> None:
    """Raise StagewrightError where code of the network itself counts on the channels it had."""
    try:
        with torch.inference_mode():
            thin.eval()(given)
    except RuntimeError as error:
        first = str(error).strip().splitlines()[0]
        raise StagewrightError(f"prune: the network does not work with fewer channels: {first}") from error


def _parameters(module: nn.Module) -> int:
    return sum(part.numel() for part in module.parameters() if part.requires_grad)


def _table(before: nn.Module, after: nn.Module) -> Table:
    layers = dict(after.named_modules())
    rows = [
        (name, _channels(layer), _channels(layers[name]))
        for name, layer in before.named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    ]
    rows.append(("parameters", f"{_parameters(before):,}", f"{_parameters(after):,}"))
    caption = "Channels into and out of each layer with weights."
    return Table(
        "Pruned layers", columns=("Layer", "Before", "After"), rows=rows, caption=caption, folded=True
    )


def _channels(layer: nn.Module) -> str:
    outside, inside = layer.weight.shape[:2]
    return f"{inside} → {outside}"
