"""A fresh simulated scanner for every sample of every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Augment, AugmentInputs

REACH = 11  # pixels; background is enclosed where other classes are the majority of this neighbourhood

if TYPE_CHECKING:
    from torch import Generator, Tensor


@train.augment
def scanner(
    inputs: AugmentInputs,
    /,
    *,
    repaint: Annotated[
        float, Field(ge=0, le=1, description="probability that every class gets a new random intensity")
    ] = 0.3,
    texture: Annotated[
        float,
        Field(
            ge=0, description="most that a class's own variation is scaled by, either sign, when repainted"
        ),
    ] = 1.0,
    bias: Annotated[
        float, Field(ge=0, description="most the logarithm of the illumination changes, standard deviation")
    ] = 0.3,
    blur: Annotated[
        float, Field(ge=0, description="widest Gaussian blur, pixels; each axis on its own")
    ] = 0.7,
    noise: Annotated[float, Field(ge=0, description="most noise, standard deviation, full scale 1")] = 0.05,
) -> Augment:
    """Repaints and spoils every picture as yet another scanner would, so that brightness tells nothing.

    The idea is Billot et al., 2023 (SynthSeg, doi:10.1016/j.media.2023.102789). Unlike there, the picture's
    own variation inside a class is kept as texture, and a share of pictures keeps its contrast but for gamma.
    It pays where there are few scanners to learn from; with many it costs accuracy at equal training time.
    Class 0 is the background: its part enclosed by other classes is repainted too, the rest is dark.
    """
    classes = len(inputs.task.classes)

    def augment(picture: Tensor, target: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        import torch

        # All random numbers at once: one call for each would cost more than the picture work.
        draw = torch.rand(classes + 7, generator=generator).tolist()
        if draw.pop() < repaint:
            picture = _repaint(picture, target, draw[6:], draw[0], texture * (2 * draw[1] - 1))
        else:
            picture = picture.clamp(0, 1) ** (2 ** (2 * draw[0] - 1))  # gamma from 1/2 to 2
        picture = _blur(picture, blur * draw[2], blur * draw[3])
        picture = picture * _illumination(picture, bias * draw[4], generator)
        return _noisy(picture, noise * draw[5] ** 2, generator), target

    return augment


def _repaint(picture: Tensor, target: Tensor, means: list[float], softness: float, texture: float) -> Tensor:
    """Every class in a new intensity, edges softened, plus its own variation scaled by `texture`."""
    import torch
    from torch.nn import functional

    regions = _regions(target, len(means) + 1)
    levels = torch.tensor([0.0, *means])
    area = regions.sum((1, 2)).clamp(min=1)
    own = (regions.flatten(1) @ picture.mean(0).flatten()) / area  # mean of each region now
    variation = picture - torch.einsum("k,khw->hw", own, regions)
    painted = torch.einsum("k,khw->hw", levels, regions)
    # Pixels on an edge hold a mixture of tissues.
    painted = _blur(painted[None], 0.3 + 0.5 * softness, 0.3 + 0.5 * softness)
    return functional.relu(painted + texture * variation * (1 - regions[0]))


def _regions(target: Tensor, count: int) -> Tensor:
    """Masks (count, H, W): outside, enclosed background, then classes 1, 2, .... Ignored is outside."""
    import torch
    from torch.nn import functional

    inner = torch.stack([(target == label) for label in range(1, count - 1)]).float()
    body = inner.sum(0, keepdim=True)
    around = functional.avg_pool2d(body, (REACH, 1), stride=1, padding=(REACH // 2, 0))
    around = functional.avg_pool2d(around, (1, REACH), stride=1, padding=(0, REACH // 2))
    closed = torch.maximum((around > 0.5).float(), body)
    return torch.cat([1 - closed, closed - body, inner])


def _blur(picture: Tensor, rows: float, columns: float) -> Tensor:
    """Gaussian blur of (C, H, W) with a standard deviation, in pixels, for each axis."""
    import torch
    from torch.nn import functional

    offsets = torch.arange(-3, 4).float()
    down, right = (torch.softmax(-0.5 * (offsets / max(sigma, 0.05)) ** 2, 0) for sigma in (rows, columns))
    padded = functional.pad(picture[:, None], (3, 3, 3, 3), mode="replicate")
    return functional.conv2d(functional.conv2d(padded, down.view(1, 1, 7, 1)), right.view(1, 1, 1, 7))[:, 0]


def _illumination(picture: Tensor, spread: float, generator: Generator) -> Tensor:
    """A smooth positive field (1, H, W): a random cubic in the coordinates, as its exponential."""
    import torch

    height, width = picture.shape[-2:]
    y = torch.linspace(-1, 1, height)[None] ** torch.arange(4)[:, None]
    x = torch.linspace(-1, 1, width)[None] ** torch.arange(4)[:, None]
    field = torch.einsum("ij,ih,jw->hw", torch.randn(4, 4, generator=generator), y, x)
    field = (field - field.mean()) / field.std().clamp(min=1e-6)
    return torch.exp(spread * field)[None]


def _noisy(picture: Tensor, spread: float, generator: Generator) -> Tensor:
    """Scaled to [0, 1] with Rician noise: the magnitude of a signal with noise on both channels."""
    import torch

    picture = picture / picture.amax().clamp(min=1e-3)
    noise = spread * torch.randn(2, *picture.shape, generator=generator)
    picture = torch.hypot(picture + noise[0], noise[1])
    # The brightest half percent saturates, as in the pictures that the data stage keeps.
    top = picture.flatten().kthvalue(max(1, int(0.995 * picture.numel()))).values.clamp(min=1e-3)
    return (picture / top).clamp(0, 1)
