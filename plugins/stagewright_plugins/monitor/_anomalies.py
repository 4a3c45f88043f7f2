"""The strangest requests, with the samples behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from stagewright.live.event_log import payload_name
from stagewright.report.blocks import Bars, Block, Gallery, Picture, Table
from stagewright.stages.monitor import Explained, Inputs
from stagewright_plugins.monitoring.anomalies import Anomaly
from stagewright_plugins.monitoring.frames import arrays

from ._choices import Choices
from ._explaining import EXPLAINED, top
from ._judging import Judged
from ._package import Promised
from ._traffic import Traffic

EDGE = 256  # pixels of a picture's longer side, about
MOST_BARS = 12


def pictured(
    inputs: Inputs,
    choices: Choices,
    package: Promised,
    found: Traffic,
    windows: Sequence[Judged],
    reasons: Mapping[str, Explained],
) -> Iterator[Block]:
    """A gallery where requests are pictures and were kept, else a table; then the explanations."""
    strange = top(windows, choices.anomalies)
    if not strange:
        return
    events = {str(event.get("id")): event for item in found.windows for event in item.requests}
    folder, pictures = inputs.context.workdir, []
    for one in strange:
        image = _image(package, arrays(events[one.id], found.folder)) if one.id in events else None
        if image is not None:
            path = f"anomalies/{payload_name(one.id)}.png"
            _save(folder / path, image)
            pictures.append(Picture(path, f"{one.id}: {'; '.join(one.reasons)}"))
    caption = "Furthest outside of what 98 % of the reference holds, in interquartile ranges of their strangest column."
    if pictures:
        yield Gallery("Strangest requests", pictures=pictures, caption=caption)
    else:
        yield _table(strange, caption)
    yield from _reasons(reasons)


def _table(strange: Sequence[Anomaly], caption: str) -> Table:
    rows = [[one.id, round(one.score, 3), "; ".join(one.reasons)] for one in strange]
    return Table("Strangest requests", columns=["request", "score", "why"], rows=rows, caption=caption)


def _reasons(reasons: Mapping[str, Explained]) -> Iterator[Block]:
    drawn = [
        Picture(f"{EXPLAINED}/{payload_name(id)}/{one.picture}", f"{id}: {one.explains} {one.value:.3f}")
        for id, one in reasons.items()
        if one.picture
    ]
    if drawn:
        how = next(one.method for one in reasons.values() if one.picture)
        caption = (
            f"Left as it came, right what mattered: orange spoke for the answer, blue against it; {how}."
        )
        yield Gallery("Why they were answered so", pictures=drawn, caption=caption)
    for id, one in reasons.items():
        if one.parts:
            bars = dict(list(one.parts.items())[:MOST_BARS])
            caption = f"{one.explains} {one.value:.3f}; what it loses with {one.method}."
            yield Bars(f"Why {id} was answered so", bars=bars, caption=caption, folded=True)


def _image(package: Promised, stored: Mapping[str, np.ndarray]) -> np.ndarray | None:
    names = [tensor["name"] for tensor in package.signature["inputs"] if len(tensor["shape"]) == 4]
    found = next((stored[name][0] for name in names if name in stored), None)
    if found is None:
        return None
    return np.moveaxis(found, 0, -1) if len(found) == 3 else found.mean(axis=0).astype(np.uint8)


def _save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scale = max(1, round(EDGE / max(image.shape[:2])))
    Image.fromarray(image.repeat(scale, axis=0).repeat(scale, axis=1)).save(path, optimize=True)
