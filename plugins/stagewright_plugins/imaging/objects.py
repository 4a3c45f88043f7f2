"""The connected regions of one class, and the numbers that describe their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stagewright_plugins.imaging.view import derived

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Objects:
    """Regions of pixels that touch, at corners too (8-connected).

    Attributes:
        mask: (H, W) bool, the pixels of the class.
    """

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self.mask = mask

    @derived
    def labels(self) -> NDArray[np.int32]:
        """(H, W): 0 outside, 1 to n inside."""
        import numpy as np
        from scipy import ndimage

        labels, _ = ndimage.label(self.mask, np.ones((3, 3), dtype=bool))
        return labels

    @derived
    def sizes(self) -> NDArray[np.int64]:
        """Pixels of each region, (n,)."""
        import numpy as np

        return np.bincount(self.labels.ravel())[1:]

    @derived
    def at_edge(self) -> NDArray[np.bool_]:
        """Whether each region reaches the picture's edge, (n,)."""
        import numpy as np

        edge = np.concatenate([self.labels[[0, -1]].ravel(), self.labels[:, [0, -1]].ravel()])
        found = np.zeros(len(self.sizes) + 1, dtype=bool)
        found[edge] = True
        return found[1:]

    @derived
    def moments(self) -> NDArray[np.float64]:
        """Central second moments (yy, xx, yx) of each region per pixel, (3, n).

        A pixel is a square, not a point: each adds its own 1/12, so a single one has a shape, too.
        """
        import numpy as np

        rows, columns = np.nonzero(self.labels)
        which = self.labels[rows, columns] - 1
        y, x = (c - np.bincount(which, c)[which] / self.sizes[which] for c in (rows, columns))
        own = np.array([[1 / 12], [1 / 12], [0]])
        return np.stack([np.bincount(which, product) for product in (y * y, x * x, y * x)]) / self.sizes + own

    @derived
    def largest(self) -> NDArray[np.bool_]:
        """(H, W) bool, the region with most pixels, the first of equal ones; empty where there is none."""
        if not len(self.sizes):
            return self.mask
        return self.labels == int(self.sizes.argmax()) + 1

    def average(self, values: Any) -> float:
        """Mean over the regions, each by its pixels; 0 where there is none."""
        import numpy as np

        return float(np.average(values, weights=self.sizes)) if len(self.sizes) else 0.0
