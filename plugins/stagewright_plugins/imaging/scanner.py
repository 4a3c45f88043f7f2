"""Simulated MR scanners: one head, one contrast, one way to spoil the picture each.

The idea is SynthSeg's (Billot et al., 2023, doi:10.1016/j.media.2023.102789): paint every tissue with a
random intensity, deform the anatomy, then add bias field, noise and loss of resolution. The acquisition is
done in k-space, where a real scanner works, so ghosts, ringing and Rician noise arise as they do there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]

TISSUES = ("csf", "grey", "white")
# Two tissues whose means are closer than this cannot be told apart by anyone.
LEAST_CONTRAST = 0.12
CONTROL_POINTS = 5  # per axis, for smooth fields over the head


@dataclass(frozen=True)
class Anatomy:
    """Volumes on one grid, (X, Y, Z) float32 in [0, 1], with `origin` the voxel of the head's centre.

    Attributes:
        intensity: the T1 picture.
        grey, white: tissue probabilities; inside the head, what is neither counts as fluid.
        origin: voxel that sits in the middle of every picture.
        voxel: edge of one voxel, mm.
    """

    intensity: Floats
    grey: Floats
    white: Floats
    origin: tuple[float, float, float]
    voxel: float = 1.0


@dataclass(frozen=True)
class Scanner:
    """Everything that one scanner, with the head in it, does to a picture.

    Attributes:
        intensities: mean of fluid, grey and white matter, in [0, 1]; air is dark.
        texture: how much of the template's variation inside a tissue stays; negative inverts it.
        bias: spread of the logarithm of the bias field.
        noise: standard deviation of each of the two noise channels.
        sharpness: share of k-space lines kept, (rows, columns).
        thickness: of a slice, mm.
        ghost: share of the signal in the shifted copy along the rows; 0 for none.
        affine: head to template, (3, 3), about the origin.
        shift: of the head, mm, (3,).
        warp: displacement at the control points, mm, (3, n, n, n).
        field: bias at the control points, (n, n, n).
        strength: how badly this scanner spoils a picture, in [0, 1].
    """

    intensities: tuple[float, float, float]
    texture: float
    bias: float
    noise: float
    sharpness: tuple[float, float]
    thickness: float
    ghost: float
    affine: NDArray[np.float64]
    shift: NDArray[np.float64]
    warp: NDArray[np.float64]
    field: NDArray[np.float64]
    strength: float

    @property
    def tissue_order(self) -> str:
        """The tissues from dark to bright, `csf-grey-white` for a T1 picture."""
        return "-".join(TISSUES[i] for i in np.argsort(self.intensities))


def draw_scanner(random: np.random.Generator, order: int, strength: float = 1.0) -> Scanner:
    """A scanner nobody has seen.

    Args:
        random: for everything about it.
        order: which of the six orders its tissues have from dark to bright, modulo 6. Left to chance, a
            handful of test scanners may all look like T1 pictures, where thresholds work.
        strength: in [0, 1], bounds how badly it spoils a picture, not how its tissues look.
    """
    own = strength * random.uniform(0.3, 1.0)
    points = (CONTROL_POINTS,) * 3
    return Scanner(
        intensities=_intensities(random, order),
        texture=random.choice((-1, 1)) * random.uniform(0.2, 1.0),
        bias=own * random.uniform(0.1, 0.45),
        noise=own * random.uniform(0.01, 0.08),
        sharpness=(1 - own * random.uniform(0, 0.5), 1 - own * random.uniform(0, 0.5)),
        thickness=1 + own * random.uniform(0, 5),
        ghost=own * random.uniform(0.05, 0.25) if random.random() < 0.3 else 0.0,
        affine=_affine(random),
        shift=random.uniform(-6, 6, 3),
        warp=random.normal(0, 3.0, (3, *points)),
        field=random.normal(0, 1, points),
        strength=own,
    )


def acquire(
    anatomy: Anatomy,
    scanner: Scanner,
    height: float,
    size: tuple[int, int],
    pixel: float,
    random: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """One axial slice through the head in this scanner.

    Args:
        anatomy: the head, before this scanner's deformation.
        scanner: what takes the picture.
        height: of the slice above the origin, mm.
        size: (H, W) in pixels.
        pixel: edge of one pixel, mm.
        random: for the noise of this slice alone.

    Returns:
        Picture (H, W) uint8, and classes (H, W) uint8: 0 background, 1 grey, 2 white.
    """
    centre = slice_points(height, size, pixel)
    # The warp bends over 50 mm, so one for the whole thickness of the slice will do.
    warp = np.stack([_smooth(axis, centre) for axis in scanner.warp])
    target = classes(*sample((anatomy.grey, anatomy.white), _into_template(centre + warp, scanner, anatomy)))
    planes = [slice_points(at, size, pixel) + warp for at in height + _across(scanner)]
    picture = np.mean([_paint(anatomy, scanner, plane) for plane in planes], axis=0)
    picture = picture * np.exp(scanner.bias * _smooth(scanner.field, centre))
    return as_bytes(_through_k_space(picture, scanner, random)), target


def plain_slice(
    anatomy: Anatomy, height: float, size: tuple[int, int], pixel: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The same as `acquire`, of the template as it is: no scanner, no deformation, no noise."""
    voxels = slice_points(height, size, pixel) / anatomy.voxel + np.reshape(anatomy.origin, (3, 1, 1))
    intensity, grey, white = sample((anatomy.intensity, anatomy.grey, anatomy.white), voxels)
    return as_bytes(intensity), classes(grey, white)


def slice_points(height: float, size: tuple[int, int], pixel: float) -> NDArray[np.float64]:
    """Where the pixels lie, mm from the origin, (3, H, W): left to right in columns, front at the top."""
    rows, columns = (pixel * (np.arange(n) - (n - 1) / 2) for n in size)
    y, x = np.meshgrid(-rows, columns, indexing="ij")
    return np.stack([x, y, np.full(size, height, dtype=float)])


def sample(volumes: tuple[Floats, ...], voxels: NDArray[np.float64]) -> list[Floats]:
    """Each volume at voxel positions (3, H, W), linearly; outside is 0."""
    return [ndimage.map_coordinates(volume, voxels, order=1, output=np.float32) for volume in volumes]


def classes(grey: Floats, white: Floats) -> NDArray[np.uint8]:
    """The likeliest of background, grey and white matter in each pixel."""
    return np.argmax([1 - grey - white, grey, white], axis=0).astype(np.uint8)


def as_bytes(picture: Floats) -> NDArray[np.uint8]:
    """Scale so that the brightest half percent is white, as a viewer does."""
    top = max(float(np.percentile(picture, 99.5)), 1e-6)
    return np.clip(picture * (255 / top), 0, 255).round().astype(np.uint8)


def _intensities(random: np.random.Generator, order: int) -> tuple[float, float, float]:
    """Means of the three tissues in the given order, grey and white apart enough to be seen."""
    ranks = list(permutations(range(3)))[order % 6]
    while True:
        levels = np.sort(random.uniform(0.1, 1.0, 3))
        csf, grey, white = (float(levels[rank]) for rank in ranks)
        if abs(grey - white) >= LEAST_CONTRAST:
            return csf, grey, white


def _affine(random: np.random.Generator) -> NDArray[np.float64]:
    """Turned by up to 10 degrees about each axis, 10 % larger or smaller per axis, slightly sheared."""
    result = np.diag(random.uniform(0.9, 1.1, 3)) + np.triu(random.uniform(-0.06, 0.06, (3, 3)), 1)
    for axis, angle in enumerate(np.deg2rad(random.uniform(-10, 10, 3))):
        turn = np.eye(3)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        result = turn @ result
    return result


def _across(scanner: Scanner) -> NDArray[np.float64]:
    """Offsets from the middle of the slice, mm, about one per 1.5 mm of thickness."""
    count = max(1, round(scanner.thickness / 1.5))
    return scanner.thickness * ((np.arange(count) + 0.5) / count - 0.5)


def _paint(anatomy: Anatomy, scanner: Scanner, points: NDArray[np.float64]) -> Floats:
    """The deformed head in this scanner's intensities, before anything spoils it."""
    volumes = (anatomy.intensity, anatomy.grey, anatomy.white)
    intensity, grey, white = sample(volumes, _into_template(points, scanner, anatomy))
    fluid = np.clip(intensity * 4, 0, 1) * np.clip(1 - grey - white, 0, 1)
    csf_mean, grey_mean, white_mean = scanner.intensities
    # What the template shows beyond its own tissue means, so that tissues are not flat.
    detail = intensity - 0.35 * fluid - 0.65 * grey - 0.85 * white
    inside = np.clip(fluid + grey + white, 0, 1)
    painted = csf_mean * fluid + grey_mean * grey + white_mean * white + scanner.texture * detail * inside
    return np.clip(painted, 0, None)


def _into_template(points: NDArray[np.float64], scanner: Scanner, anatomy: Anatomy) -> NDArray[np.float64]:
    """Voxels of the template for `points` (3, H, W) of the head in the scanner, its warp already added."""
    moved = np.einsum("ij,jhw->ihw", scanner.affine, points) + scanner.shift[:, None, None]
    return moved / anatomy.voxel + np.reshape(anatomy.origin, (3, 1, 1))


def _smooth(control: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A field given at control points that span 200 mm, at `points` (3, H, W) mm, by cubic splines."""
    where = (points / 200 + 0.5) * (CONTROL_POINTS - 1)
    return ndimage.map_coordinates(control, where, order=3, mode="nearest")


def _through_k_space(picture: Floats, scanner: Scanner, random: np.random.Generator) -> Floats:
    """What the scanner reads: outer lines lost, every other line weaker (a ghost), noise on both channels."""
    lines = np.fft.fftshift(np.fft.fft2(picture))
    for axis, kept in enumerate(scanner.sharpness):
        distance = np.abs(np.linspace(-1, 1, picture.shape[axis]))
        # A soft edge of a tenth, as scanners filter to limit ringing.
        window = np.clip((kept - distance) / 0.1 + 0.5, 0, 1) if kept < 1 else np.ones_like(distance)
        lines = lines * np.expand_dims(window, 1 - axis)
    lines[::2] *= 1 - 2 * scanner.ghost
    image = np.fft.ifft2(np.fft.ifftshift(lines))
    noise = random.normal(0, scanner.noise, (2, *picture.shape))
    return np.abs(image + noise[0] + 1j * noise[1]).astype(np.float32)
