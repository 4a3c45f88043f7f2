"""Layers of a network given other numbers of channels, in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion

Sizes = Mapping[str, Sequence[int]]


def resized(network: nn.Module, sizes: Sizes) -> nn.Module:
    """Give layers these numbers of channels: `[outside, inside]`, or `[channels]` of a normalisation.

    Their weights are drawn anew. Nothing is checked beyond the layer itself: sizes that do not fit one another fail
    when the network is used.

    Raises:
        StagewrightError: no layer has that name, or it is of a kind that has no such sizes.
    """
    layers = dict(network.named_modules())
    for name, size in sizes.items():
        if name not in layers:
            raise StagewrightError(f"sizes: no layer {name!r}, {suggestion(name, layers, 'layer')}")
        _resize(layers[name], name, list(size))
    return network


def sizes_of(state: Mapping[str, torch.Tensor], network: nn.Module) -> dict[str, list[int]]:
    """The layers whose weights in `state` have other sizes than in `network`, with those sizes."""
    found = {}
    for name, layer in network.named_modules():
        if isinstance(layer, _ConvNd | nn.Linear | _NormBase) and layer.weight is not None:
            shape = state[f"{name}.weight"].shape
            if shape != layer.weight.shape:
                inside = [shape[1] * _groups(layer, shape[0])] if len(shape) > 1 else []
                found[name] = [shape[0], *inside]
    return found


def _resize(layer: nn.Module, name: str, size: list[int]) -> None:
    if isinstance(layer, _NormBase) and len(size) == 1:
        (layer.num_features,) = size
        for kind in ("weight", "bias"):
            if getattr(layer, kind) is not None:
                setattr(layer, kind, nn.Parameter(torch.empty(size)))
        for kind in ("running_mean", "running_var"):
            if getattr(layer, kind) is not None:
                setattr(layer, kind, torch.empty(size))
    elif isinstance(layer, _ConvNd) and len(size) == 2 and not layer.transposed:
        outside, inside = size
        groups = _groups(layer, outside)
        layer.out_channels, layer.in_channels, layer.groups = outside, inside, groups
        layer.weight = nn.Parameter(torch.empty(outside, inside // groups, *layer.kernel_size))
        if layer.bias is not None:
            layer.bias = nn.Parameter(torch.empty(outside))
    elif isinstance(layer, nn.Linear) and len(size) == 2:
        layer.out_features, layer.in_features = size
        layer.weight = nn.Parameter(torch.empty(*size))
        if layer.bias is not None:
            layer.bias = nn.Parameter(torch.empty(size[0]))
    else:
        raise StagewrightError(f"sizes: {name!r} is a {type(layer).__name__} and cannot have the size {size}")
    layer.reset_parameters()


def _groups(layer: nn.Module, outside: int) -> int:
    """One group per channel stays so with fewer channels."""
    groups = int(getattr(layer, "groups", 1))
    return outside if groups > 1 else 1
