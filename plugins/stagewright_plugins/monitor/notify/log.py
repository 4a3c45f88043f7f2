"""Notices as lines of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from stagewright.context import Context
from stagewright.stages import monitor
from stagewright.stages.monitor import Deliver, Notice


@monitor.notify
def log(
    context: Context,
    /,
    *,
    path: Annotated[str, Field(description="file, below the folder of whoever monitors")] = "notices.jsonl",
) -> Deliver:
    """Append each notice as one JSON object: `t`, `title`, `text`, `severity`, `labels`."""
    import json
    from dataclasses import asdict

    from stagewright.errors import StagewrightError
    from stagewright.live.event_log import stamp

    file = (context.workdir / path).resolve()
    if not file.is_relative_to(Path(context.workdir).resolve()):
        raise StagewrightError(f"monitor.notify: log: {path!r} leads out of the monitor's own folder")

    def deliver(notice: Notice) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"t": stamp(), **asdict(notice)}, ensure_ascii=False) + "\n")

    return deliver
