"""One picture with its mask, and all that is derived from them: computed when first asked for, once.

Quality metrics share a view, so a tenth metric costs only what it alone needs. Pictures are in [0, 1],
whatever they were stored in, so that a threshold means the same for every source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stagewright_plugins.imaging.objects import Objects

    Floats = NDArray[np.float32]

Value = TypeVar("Value")

LEVELS = 256
# ITU-R BT.601, the weights that PIL and OpenCV use for colour to grey.
LUMA = (0.299, 0.587, 0.114)
WINDOW = 7  # pixels, edge of the neighbourhood of `local_std`


class derived(Generic[Value]):
    """A value computed on first access and kept; read-only afterwards.

    Not `functools.cached_property`: until Python 3.12 that holds one lock for all instances, which would
    make the threads that measure different pictures wait for each other.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self.compute, self.__doc__, self.name = compute, compute.__doc__, compute.__name__

    @overload
    def __get__(self, view: None, owner: type) -> derived[Value]: ...
    @overload
    def __get__(self, view: object, owner: type) -> Value: ...
    def __get__(self, view: Any, owner: type) -> Any:
        """The kept value: this runs only until there is one."""
        if view is None:
            return self
        value = view.__dict__[self.name] = _locked(self.compute(view))
        return value


class ImageView:
    """A picture and its mask.

    Attributes:
        input: (C, H, W) uint8.
        classes: names in order of their index in the mask.
        original_size: (H, W) before the picture was brought to its working size; its own where unknown.
    """

    input: NDArray[np.uint8]
    classes: tuple[str, ...]
    original_size: tuple[int, int]

    def __init__(
        self,
        input: NDArray[np.uint8],
        target: NDArray[np.uint8] | None,
        classes: tuple[str, ...],
        original_size: tuple[int, int] | None = None,
    ) -> None:
        """Take a picture (C, H, W) uint8 and, where there is one, its mask (H, W) of class indices.

        Mask values from `len(classes)` on belong to no class: they are ignored by every metric.

        Raises:
            ValueError: the shapes do not fit, the picture is empty or not uint8.
        """
        if input.ndim != 3 or 0 in input.shape or input.dtype != "uint8":
            raise ValueError(f"a picture is (C, H, W) uint8, not {input.shape} {input.dtype}")
        if target is not None and target.shape != input.shape[1:]:
            raise ValueError(f"mask {target.shape} and picture {input.shape[1:]} differ in size")
        self.__dict__.update(
            input=_locked(input.view()),
            _target=None if target is None else _locked(target.view()),
            classes=tuple(classes),
            original_size=original_size or (input.shape[1], input.shape[2]),
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a view does not change: cannot set {name!r}")

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return self.input.shape[1], self.input.shape[2]

    @property
    def target(self) -> NDArray[np.uint8]:
        """Mask (H, W) of class indices; raises ValueError where there is none."""
        target = self.__dict__["_target"]
        if target is None:
            raise ValueError("this picture has no mask, which this metric needs")
        return target

    # ---- the picture -------------------------------------------------------------------------------

    @derived
    def grey(self) -> Floats:
        """(H, W) float32 in [0, 1]: the only channel, the luma of three, or the mean of any other number."""
        import numpy as np

        if len(self.input) == 1:
            return self.input[0] * np.float32(1 / 255)
        channels = len(self.input)
        weights = np.array(LUMA if channels == 3 else [1 / channels] * channels) / 255
        return np.tensordot(weights.astype(np.float32), self.input, axes=1)

    @derived
    def histogram(self) -> NDArray[np.int64]:
        """How many pixels have each of the 256 grey levels."""
        import numpy as np

        one = len(self.input) == 1
        levels = self.input[0] if one else np.rint(self.grey * 255).astype(np.uint8)
        return np.bincount(levels.ravel(), minlength=LEVELS)

    @derived
    def mean(self) -> float:
        """Of the grey picture."""
        import numpy as np

        return float(self.histogram @ np.arange(LEVELS) / (self.histogram.sum() * (LEVELS - 1)))

    @derived
    def std(self) -> float:
        """Standard deviation of the grey picture; exactly 0 for a constant one."""
        import numpy as np

        levels = np.arange(LEVELS) / (LEVELS - 1) - self.mean
        return float(np.sqrt(self.histogram @ levels**2 / self.histogram.sum()))

    @derived
    def gradient(self) -> Floats:
        """(H, W) length of the gradient, full scale per pixel: Sobel's, divided by 8."""
        import numpy as np
        from scipy import ndimage

        rows, columns = (ndimage.sobel(self.grey, axis, mode="nearest") for axis in (0, 1))
        return np.hypot(rows, columns) / np.float32(8)

    @derived
    def laplacian(self) -> Floats:
        """(H, W) sum of the four neighbours minus four times the pixel; the edge repeats outwards."""
        import numpy as np

        padded = np.pad(self.grey, 1, mode="edge")
        across = padded[1:-1, :-2] + padded[1:-1, 2:]
        return across + padded[:-2, 1:-1] + padded[2:, 1:-1] - 4 * self.grey

    @derived
    def local_std(self) -> Floats:
        """(H, W) standard deviation in the 7 x 7 pixels around each; the edge repeats outwards."""
        import numpy as np
        from scipy import ndimage

        # About the mean, and in double precision: a difference of squares would drown in rounding.
        centred = self.grey.astype(np.float64) - self.mean
        mean, square = (ndimage.uniform_filter(x, WINDOW, mode="nearest") for x in (centred, centred**2))
        return np.sqrt(np.clip(square - mean**2, 0, None)).astype(np.float32)

    # ---- the mask ----------------------------------------------------------------------------------

    @derived
    def pixels(self) -> NDArray[np.int64]:
        """Pixels of each class; those of no class are not counted."""
        import numpy as np

        return np.bincount(self.target.ravel(), minlength=len(self.classes))[: len(self.classes)]

    @derived
    def objects(self) -> tuple[Objects, ...]:
        """The connected regions of each class, in order of the classes."""
        from stagewright_plugins.imaging.objects import Objects

        return tuple(Objects(self.target == index) for index in range(len(self.classes)))

    @derived
    def boundary(self) -> NDArray[np.bool_]:
        """(H, W) pixels with one of their four neighbours in another class; the picture's edge is none."""
        import numpy as np

        padded = np.pad(self.target, 1, mode="edge")
        neighbours = (padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1])
        return np.logical_or.reduce([neighbour != self.target for neighbour in neighbours])

    def named(self, values: Iterable[float]) -> dict[str, float]:
        """One value per class, by its name."""
        return {name: float(value) for name, value in zip(self.classes, values, strict=True)}

    def named_foreground(self, values: Iterable[float]) -> dict[str, float]:
        """One value per class but the first, which is the background, by its name."""
        return {name: float(value) for name, value in zip(self.classes[1:], values, strict=True)}


def _locked(value: Any) -> Any:
    """Arrays become read-only: what one metric changed, every later one would see."""
    if hasattr(value, "setflags"):
        value.setflags(write=False)
    return value
