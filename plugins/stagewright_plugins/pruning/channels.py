"""Which channels of which weights belong together: what must be removed at once for a network to stay whole.

The network is traced, and every channel is followed from the layer that makes it to all layers that take it. A join
puts channels side by side, a sum ties them in pairs. What an operation does to channels is only assumed where it is
known to leave them apart (`CARRY`); channels that reach anything else, or the output, stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import fx, nn

from stagewright.errors import StagewrightError

Ids = NDArray[np.int64]

CONVOLUTIONS = ("aten.conv1d", "aten.conv2d", "aten.conv3d")
NORMS = ("aten.batch_norm", "aten.instance_norm")
SUMS = ("aten.add", "aten.add_", "aten.sub", "aten.mul", "aten.mul_", "aten.div")
# Work on each channel by itself, and leave as many.
CARRY = (
    "aten.relu", "aten.relu_", "aten.leaky_relu", "aten.leaky_relu_", "aten.gelu", "aten.silu", "aten.silu_",
    "aten.hardswish", "aten.hardswish_", "aten.hardtanh", "aten.hardtanh_", "aten.sigmoid", "aten.tanh", "aten.elu",
    "aten.dropout", "aten.feature_dropout", "aten.max_pool2d", "aten.avg_pool2d", "aten.adaptive_avg_pool2d",
    "aten.adaptive_max_pool2d", "aten.upsample_bilinear2d", "aten.upsample_nearest2d", "aten.pad", "aten.slice",
    "aten.mean", "aten.expand", "aten.alias", "aten.contiguous", "aten.clone", "aten.to",
)  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """One dimension of one weight, and the channel at each of its places."""

    weight: str
    dim: int
    ids: Ids


@dataclass(frozen=True)
class Family:
    """Channels that run through the same weights: one of them is removed from all of these, or from none.

    Attributes:
        axes: places in each weight, one list of channels in the same order for all; (weight, dim) → (n, k).
            k is more than 1 where a weight meets a channel more than once.
    """

    axes: dict[tuple[str, int], Ids]

    def __len__(self) -> int:
        return len(next(iter(self.axes.values())))


def families(network: nn.Module, example: torch.Tensor) -> list[Family]:
    """Every set of channels that can be thinned out, in the order of the layers that make them.

    Args:
        network: in evaluation mode.
        example: an input to trace it with.

    Raises:
        StagewrightError: the network cannot be traced.
    """
    try:
        program = torch.export.export(network, (example,))
    except Exception as error:  # torch.export's errors share no type
        first = str(error).strip().splitlines()[0]
        raise StagewrightError(f"the network cannot be traced for pruning: {first}") from error
    return _Following(program).families()


@dataclass
class _Following:
    """Follows channels through a traced graph, node by node."""

    program: Any
    axes: list[Axis] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)  # of each channel, in the forest of those tied together
    frozen: set[int] = field(default_factory=set)
    at: dict[fx.Node, Ids] = field(default_factory=dict)

    def families(self) -> list[Family]:
        signature = self.program.graph_signature
        self.weights = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        for node in self.program.graph.nodes:
            self._follow(node)
        return self._grouped()

    def _follow(self, node: fx.Node) -> None:
        if node.op == "placeholder" and node.name not in self.weights:
            self._freeze([self._new(node, node.meta["val"].shape[1])])
        elif node.op == "output":
            self._freeze(self._taken(node))
        elif node.op == "call_function":
            self._call(node, ".".join(str(node.target).split(".")[:2]))

    def _call(self, node: fx.Node, name: str) -> None:
        if name in CONVOLUTIONS and self._convolution(node):
            return
        if name == "aten.linear" and self._linear(node):
            return
        if name in NORMS and self._norm(node):
            return
        if name == "aten.cat" and self._join(node):
            return
        if name in (*CARRY, *SUMS) and self._carried(node, name in SUMS):
            return
        self._freeze(self._taken(node))

    # ---- operations ------------------------------------------------------------------------------

    def _convolution(self, node: fx.Node) -> bool:
        given, weight, *rest = node.args
        bias = rest[0] if rest else None
        groups = rest[4] if len(rest) > 4 else 1
        inside = self.at.get(given)  # type: ignore[arg-type]
        if inside is None or not self._is_weight(weight):
            return False
        outside = weight.meta["val"].shape[0]  # type: ignore[union-attr]
        if groups == 1:
            self._touch(weight, 1, inside)
            made = self._new(node, outside)
        elif groups == len(inside) == outside:
            made = self.at[node] = inside
        else:
            return False
        self._touch(weight, 0, made)
        self._touch(bias, 0, made)
        return True

    def _linear(self, node: fx.Node) -> bool:
        given, weight, *rest = node.args
        inside = self.at.get(given)  # type: ignore[arg-type]
        if inside is None or not self._is_weight(weight) or given.meta["val"].ndim != 2:  # type: ignore[union-attr]
            return False
        self._touch(weight, 1, inside)
        made = self._new(node, weight.meta["val"].shape[0])  # type: ignore[union-attr]
        self._touch(weight, 0, made)
        self._touch(rest[0] if rest else None, 0, made)
        return True

    def _norm(self, node: fx.Node) -> bool:
        inside = self.at.get(node.args[0])  # type: ignore[arg-type]
        if inside is None:
            return False
        for weight in node.args[1:5]:
            self._touch(weight, 0, inside)
        self.at[node] = inside
        return True

    def _join(self, node: fx.Node) -> bool:
        parts: Sequence[Any] = node.args[0]  # type: ignore[assignment]
        dim = node.args[1] if len(node.args) > 1 else 0
        if dim % node.meta["val"].ndim != 1 or any(part not in self.at for part in parts):  # type: ignore[operator]
            return False
        self.at[node] = np.concatenate([self.at[part] for part in parts])
        return True

    def _carried(self, node: fx.Node, tied: bool) -> bool:
        """One tensor's channels go on; two of a sum are tied in pairs."""
        shape = node.meta["val"].shape
        tensors = [one for one in node.all_input_nodes if _rank(one) > 1]
        taken = [self.at[one] for one in tensors if one in self.at]
        wide = [ids for ids in taken if len(ids) == shape[1]] if len(shape) > 1 else []
        if not wide or (len(tensors) > 1 and not tied):
            return False
        # A tensor of unknown channels must have none to lose: one that all channels share.
        if any(one not in self.at and one.meta["val"].shape[1] != 1 for one in tensors):
            return False
        self._freeze(ids for ids in taken if len(ids) != shape[1])
        for other in wide[1:]:
            for a, b in zip(wide[0].tolist(), other.tolist(), strict=True):
                self._tie(a, b)
        self.at[node] = wide[0]
        return True

    # ---- bookkeeping -----------------------------------------------------------------------------

    def _is_weight(self, node: Any) -> bool:
        return isinstance(node, fx.Node) and node.name in self.weights

    def _touch(self, weight: Any, dim: int, ids: Ids) -> None:
        if isinstance(weight, fx.Node):
            self.axes.append(Axis(self.weights[weight.name], dim, ids))

    def _new(self, node: fx.Node, count: int) -> Ids:
        first = len(self.parent)
        self.parent += range(first, first + count)
        self.at[node] = np.arange(first, first + count)
        return self.at[node]

    def _taken(self, node: fx.Node) -> list[Ids]:
        return [self.at[one] for one in node.all_input_nodes if one in self.at]

    def _freeze(self, many: Iterable[Ids]) -> None:
        for ids in many:
            self.frozen |= set(ids.tolist())

    def _root(self, channel: int) -> int:
        while self.parent[channel] != channel:
            self.parent[channel] = self.parent[self.parent[channel]]
            channel = self.parent[channel]
        return channel

    def _tie(self, one: int, other: int) -> None:
        low, high = sorted((self._root(one), self._root(other)))
        self.parent[high] = low

    def _grouped(self) -> list[Family]:
        """Channels with the places they have in every weight, those with the same weights together."""
        frozen = {self._root(channel) for channel in self.frozen}
        places: dict[int, dict[tuple[str, int], list[int]]] = {}
        for axis in self.axes:
            for place, channel in enumerate(axis.ids.tolist()):
                root = self._root(channel)
                if root not in frozen:
                    places.setdefault(root, {}).setdefault((axis.weight, axis.dim), []).append(place)
        alike: dict[Any, list[dict[tuple[str, int], list[int]]]] = {}
        for root in sorted(places):
            own = places[root]
            alike.setdefault(tuple((key, len(at)) for key, at in own.items()), []).append(own)
        return [
            Family({key: np.array([one[key] for one in members]) for key in members[0]})
            for members in alike.values()
        ]


def _rank(node: fx.Node) -> int:
    value = node.meta.get("val")
    return value.ndim if isinstance(value, torch.Tensor) else 0
