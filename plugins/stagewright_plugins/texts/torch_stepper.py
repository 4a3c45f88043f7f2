"""A network in PyTorch, one sub-word at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .feeding import Numbers
from .search import Floats


class TorchStepper:
    """See `search.Stepper`; the network is one of `train/model/transformer.py`, in evaluation mode."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._device = network.table.weight.device

    @torch.no_grad()
    def start(self, source: Numbers, times: int) -> None:
        """Read the sources, (N, S), each for so many rows."""
        read = torch.from_numpy(source).to(self._device)
        keys, values = self._network.encode(read)
        self._source = read.repeat_interleave(times, 0)
        self._keys, self._values = keys.repeat_interleave(times, 1), values.repeat_interleave(times, 1)
        layers, heads = self._network.layers, self._network.heads
        shape = (layers, times * len(source), heads, 0, self._network.width // heads)
        self._past = (self._keys.new_zeros(shape), self._keys.new_zeros(shape))

    @torch.no_grad()
    def step(self, tokens: Numbers) -> Floats:
        """Say one more, (N,); gives log-probabilities of the next, (N, V)."""
        given = torch.from_numpy(tokens).to(self._device)[:, None]
        logs, *past = self._network.step(given, self._source, self._keys, self._values, *self._past)
        self._past = (past[0], past[1])
        found: Floats = logs.float().cpu().numpy()
        return found

    def pick(self, rows: Numbers) -> None:
        """Go on with what these rows have said."""
        if np.array_equal(rows, np.arange(len(rows))):
            return
        at = torch.from_numpy(rows).to(self._device)
        self._past = (self._past[0][:, at], self._past[1][:, at])
