"""Flips, affine maps and small elastic deformations of a picture together with its mask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Augment, AugmentInputs

if TYPE_CHECKING:
    from torch import Generator, Tensor


@train.augment
def geometric(
    inputs: AugmentInputs,
    /,
    *,
    flip: Annotated[float, Field(ge=0, le=1, description="probability of a left-right flip")] = 0.5,
    rotate: Annotated[float, Field(ge=0, le=180, description="largest turn either way, degrees")] = 15.0,
    scale: Annotated[
        float, Field(ge=0, lt=1, description="largest change of size, each axis on its own, share")
    ] = 0.15,
    shift: Annotated[
        float, Field(ge=0, lt=1, description="largest shift, share of the picture's edge")
    ] = 0.05,
    elastic: Annotated[
        float,
        Field(
            ge=0, lt=1, description="standard deviation of the elastic shift, share of the edge; 0 for none"
        ),
    ] = 0.015,
    grid: Annotated[int, Field(ge=2, le=32, description="control points of the elastic shift per axis")] = 6,
) -> Augment:
    """Flips, turns, scales, shifts and bends a picture with its mask.

    One map for both: the picture is read linearly, the mask by nearest neighbour.
    What comes from outside the picture is 0, and class 0, or `ignore_index` where the task has one.
    Elastic deformation after Simard et al., ICDAR 2003, with the shift smooth from the start (a coarse grid,
    interpolated) instead of filtered.
    """
    outside = inputs.task.ignore_index

    def augment(picture: Tensor, target: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        import torch
        from torch.nn import functional

        draw = 2 * torch.rand(6, generator=generator) - 1  # in [-1, 1)
        points = _affine_points(picture.shape[-2:], draw, flip, rotate, scale, shift)
        if elastic:
            points = points + _elastic_shift(picture.shape[-2:], generator, elastic, grid)
        moved = functional.grid_sample(picture[None], points, align_corners=False)[0]
        # Shifted by one so that the zeros filled in from outside can be told from class 0.
        labels = (target[None, None] + 1).to(picture.dtype)
        labels = functional.grid_sample(labels, points, mode="nearest", align_corners=False)[0, 0].long() - 1
        return moved, torch.where(labels < 0, 0 if outside is None else outside, labels)

    return augment


def _affine_points(
    size: tuple[int, int], draw: Tensor, flip: float, rotate: float, scale: float, shift: float
) -> Tensor:
    """Sampling positions (1, H, W, 2) for `grid_sample`; `draw` holds six numbers in [-1, 1)."""
    import torch
    from torch.nn import functional

    height, width = size
    mirrored, turned, wide, high, right, down = draw.tolist()
    angle = torch.deg2rad(torch.tensor(turned * rotate))
    sine, cosine = angle.sin().item(), angle.cos().item()
    x, y = 1 + wide * scale, 1 + high * scale
    if mirrored < 2 * flip - 1:
        x = -x
    # Turned in pixels, not in the unit square, so that circles of non-square pictures stay circles.
    matrix = torch.tensor(
        [
            [x * cosine, -y * sine * height / width, 2 * right * shift],
            [x * sine * width / height, y * cosine, 2 * down * shift],
        ]
    )
    return functional.affine_grid(matrix[None], [1, 1, height, width], align_corners=False)


def _elastic_shift(size: tuple[int, int], generator: Generator, spread: float, grid: int) -> Tensor:
    """A smooth shift (1, H, W, 2) in the unit of `grid_sample`, whose edge is 2 long."""
    import torch
    from torch.nn import functional

    coarse = torch.randn(1, 2, grid, grid, generator=generator) * (2 * spread)
    smooth = functional.interpolate(coarse, size=tuple(size), mode="bicubic", align_corners=True)
    return smooth.permute(0, 2, 3, 1)
