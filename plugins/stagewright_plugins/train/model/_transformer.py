"""Encoder, decoder with cached keys and values, and a gate between saying and copying."""

from __future__ import annotations

import math

import torch
from torch import nn

from stagewright_plugins.texts.numbers import PAD, SEPARATOR

Tensor = torch.Tensor
# A hidden sub-word's logit: small enough to vanish, large enough to stay a number in 16 bits.
NEVER = -1e4
TINY = 1e-9  # a probability that counts as none


class Attention(nn.Module):
    """Scaled dot-product attention with heads; keys and values are made once and may be kept."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.scale = heads, 1 / math.sqrt(width // heads)
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def kept(self, given: Tensor) -> tuple[Tensor, Tensor]:
        """(N, S, D) → keys and values, (N, H, S, D / H) each."""
        return self._split(self.key(given)), self._split(self.value(given))

    def forward(self, asked: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Look: (N, T, D), what was kept, mask (N or 1, 1, T or 1, S) true where it may → (N, T, D), (N, H, T, S)."""
        scores = self._split(self.query(asked)) @ keys.transpose(-1, -2) * self.scale
        weights = scores.masked_fill(~mask, NEVER).softmax(-1)
        found = (weights @ values).transpose(1, 2)
        return self.out(found.reshape(asked.shape)), weights

    def _split(self, given: Tensor) -> Tensor:
        return given.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Forward(nn.Module):
    """The feed-forward part of a layer, with its normalisation and its way around."""

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, inner), nn.Linear(inner, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, given: Tensor) -> Tensor:
        """(N, T, D) → the same."""
        return given + self.dropout(self.down(self.dropout(torch.relu(self.up(self.norm(given))))))


class EncoderLayer(nn.Module):
    """Looks at the whole source."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.forward_part, self.dropout = Forward(width, inner, dropout), nn.Dropout(dropout)

    def forward(self, given: Tensor, mask: Tensor) -> Tensor:
        """(N, S, D) → the same."""
        normed = self.norm(given)
        found, _ = self.attention(normed, *self.attention.kept(normed), mask)
        return self.forward_part(given + self.dropout(found))


class DecoderLayer(nn.Module):
    """Looks at what was said before, then at the source."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.own, self.across = Attention(width, heads), Attention(width, heads)
        self.forward_part, self.dropout = Forward(width, inner, dropout), nn.Dropout(dropout)

    def forward(
        self, given: Tensor, past: tuple[Tensor, Tensor] | None, mask: Tensor,
        keys: Tensor, values: Tensor, source_mask: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """(N, T, D) → the same, and its own keys and values with those of the past in front."""
        normed = self.norms[0](given)
        own_keys, own_values = self.own.kept(normed)
        if past is not None:
            own_keys, own_values = (
                torch.cat(pair, 2) for pair in zip(past, (own_keys, own_values), strict=True)
            )
        given = given + self.dropout(self.own(normed, own_keys, own_values, mask)[0])
        found, _ = self.across(self.norms[1](given), keys, values, source_mask)
        return self.forward_part(given + self.dropout(found)), own_keys, own_values


class Transformer(nn.Module):
    """See `train/model/transformer.py`."""

    places: Tensor

    def __init__(
        self,
        vocabulary: int,
        width: int,
        heads: int,
        layers: int,
        inner: int,
        dropout: float,
        copy: bool,
        longest: int,
    ) -> None:
        super().__init__()
        self.layers, self.heads, self.width, self.copy = layers, heads, width, copy
        self.table = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.table.weight, std=width**-0.5)
        self.segments = nn.Embedding(2, width)
        nn.init.normal_(self.segments.weight, std=width**-0.5)
        self.encoder = nn.ModuleList(EncoderLayer(width, heads, inner, dropout) for _ in range(layers))
        self.decoder = nn.ModuleList(DecoderLayer(width, heads, inner, dropout) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("places", _places(longest, width), persistent=False)
        if copy:
            self.pointer, self.gate = Attention(width, heads), nn.Linear(2 * width, 1)

    def forward(self, source: Tensor, before: Tensor) -> Tensor:
        """(N, S), (N, T) int64 → (N, vocabulary, T) float32."""
        keys, values = self.encode(source)
        length = before.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool, device=before.device).tril()[None, None]
        given, mine = self._embedded(before, self.places[:length]), _mask(source)
        for i, layer in enumerate(self.decoder):
            given, _, _ = layer(given, None, mask, keys[i], values[i], mine)
        return self._said(given, source, keys[-1], values[-1], mine).transpose(1, 2)

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """(N, S) int64 → keys and values for every decoder layer (and the pointer), (layers, N, H, S, D / H) each."""
        mask = _mask(source)
        # What comes after the separator is a translation that was remembered: told apart, its places counted anew.
        second = (source == SEPARATOR).cumsum(1).clamp(max=1)
        before = (1 - second).sum(1, keepdim=True)
        place = torch.arange(source.shape[1], device=source.device)[None] - second * before
        given = self._embedded(source, self.places[place] + self.segments(second))
        for layer in self.encoder:
            given = layer(given, mask)
        given = self.norms[0](given)
        across = [layer.across for layer in self.decoder] + ([self.pointer] if self.copy else [])
        kept = [attention.kept(given) for attention in across]
        return torch.stack([keys for keys, _ in kept]), torch.stack([values for _, values in kept])

    def step(
        self,
        token: Tensor,
        source: Tensor,
        keys: Tensor,
        values: Tensor,
        past_keys: Tensor,
        past_values: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One sub-word more.

        Args:
            token: the last one, (N, 1) int64.
            source: (N, S) int64.
            keys: as `encode` gives them.
            values: as `encode` gives them.
            past_keys: of what was said before the last one, (layers, N, H, P, D / H).
            past_values: the same.

        Returns:
            Log-probabilities of the next one (N, vocabulary), and both pasts with the last one added.
        """
        length = past_keys.shape[3]
        mine = _mask(source)
        given = self._embedded(token, self.places[length : length + 1])
        mask = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=token.device)
        new_keys, new_values = [], []
        for i, layer in enumerate(self.decoder):
            given, k, v = layer(given, (past_keys[i], past_values[i]), mask, keys[i], values[i], mine)
            new_keys.append(k)
            new_values.append(v)
        logits = self._said(given, source, keys[-1], values[-1], mine)[:, 0]
        return logits.log_softmax(-1), torch.stack(new_keys), torch.stack(new_values)

    def _embedded(self, numbers: Tensor, places: Tensor) -> Tensor:
        found: Tensor = self.dropout(self.table(numbers) * math.sqrt(self.width) + places)
        return found

    def _said(self, given: Tensor, source: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """(N, T, D) → logits (N, T, vocabulary); with copying, logarithms of the mixed probabilities."""
        given = self.norms[1](given)
        logits = given @ self.table.weight.T
        if not self.copy:
            return logits
        found, weights = self.pointer(given, keys, values, mask)
        gate = torch.sigmoid(self.gate(torch.cat([given, found], -1)))
        said = gate * logits.softmax(-1)
        taken = (1 - gate) * weights.mean(1)
        places = source[:, None].expand(-1, given.shape[1], -1)
        return said.scatter_add(2, places, taken).clamp_min(TINY).log()


def _mask(source: Tensor) -> Tensor:
    return (source != PAD)[:, None, None]


def _places(longest: int, width: int) -> Tensor:
    """Sines and cosines of the place, (longest, width)."""
    angles = torch.arange(longest)[:, None] / 10_000 ** (torch.arange(0, width, 2) / width)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)
