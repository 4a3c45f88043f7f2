"""A way to notify: one text file per notice."""

from typing import Annotated

from pydantic import Field

from stagewright.context import Context
from stagewright.stages import monitor
from stagewright.stages.monitor import Deliver, Notice


@monitor.notify
def text_files(
    context: Context,
    /,
    *,
    suffix: Annotated[str, Field(pattern=r"^\.\w+$", description="of the files")] = ".txt",
) -> Deliver:
    """Numbered files in the monitor's own folder."""

    def deliver(notice: Notice) -> None:
        number = len(list(context.workdir.glob(f"notice-*{suffix}"))) + 1
        text = f"{notice.severity}: {notice.title}\n{notice.text}\n"  # yours: how it reaches somebody
        (context.workdir / f"notice-{number}{suffix}").write_text(text)

    return deliver
