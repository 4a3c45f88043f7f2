"""Samples on disk between passes, so that no pass holds all pictures in memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stagewright_plugins.imaging.planes import grey

Bytes = NDArray[np.uint8]


class Spool:
    """Pairs of one size in one file, in the order they were added; deleted by `close`.

    Args:
        folder: where the files lie while the stage works.
        shape: of an input, (C, H, W); a target is (H, W).
    """

    def __init__(self, folder: Path, shape: tuple[int, int, int]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.shape = folder, shape
        self.path = folder / "samples.bin"
        self.file = self.path.open("wb")
        self.count = 0

    def add(self, input: Bytes, target: Bytes) -> None:
        """Append one pair."""
        self.file.write(input.tobytes())
        self.file.write(target.tobytes())
        self.count += 1

    def __getitem__(self, row: int) -> tuple[Bytes, Bytes]:
        """Input (C, H, W) and target (H, W) of one row."""
        record = self._records()[row]
        return record[:-1], record[-1]

    def pairs(self, rows: Sequence[int]) -> Iterator[tuple[Bytes, Bytes]]:
        """The pairs of some rows, in the order asked for."""
        records = self._records()
        for row in rows:
            yield records[row, :-1], records[row, -1]

    def grey(self, rows: Sequence[int]) -> Bytes:
        """One channel for each row, (N, H, W), mapped into memory."""
        path = self.folder / "grey.bin"
        with path.open("wb") as file:  # writing through a map would end in SIGBUS where the disk is full
            for input, _ in self.pairs(rows):
                file.write(grey(input).tobytes())
        return np.memmap(path, dtype=np.uint8, mode="r", shape=(len(rows), *self.shape[1:]))

    def close(self) -> None:
        """Remove the files, also where the last bytes of one cannot be written."""
        try:
            self.file.close()
        finally:
            shutil.rmtree(self.folder)

    def _records(self) -> Bytes:
        """(N, C + 1, H, W): the target is the last plane."""
        self.file.flush()
        channels, height, width = self.shape
        shape = (self.count, channels + 1, height, width)
        return np.memmap(self.path, dtype=np.uint8, mode="r", shape=shape)
