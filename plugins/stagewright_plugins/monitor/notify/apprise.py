"""Notices to mail, Slack, Teams, PagerDuty, a webhook, ...: whatever Apprise has a URL for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.context import Context
from stagewright.stages import monitor
from stagewright.stages.monitor import Deliver, Notice

TYPES = {"page": "failure", "ticket": "warning", "log": "info", "resolved": "success"}


@monitor.notify(reaches_people=True)
def apprise(
    _context: Context,
    /,
    *,
    urls: Annotated[
        list[str],
        Field(
            min_length=1,
            description="Apprise URLs; `\\${NAME}` comes from the environment: no secrets in recipes",
        ),
    ],
) -> Deliver:
    """Send each notice to every URL (https://github.com/caronc/apprise/wiki)."""
    import os
    import re

    from stagewright.errors import StagewrightError

    def secret(match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if value is None:
            raise StagewrightError(f"monitor.notify: the environment has no {match[1]}, which a URL needs")
        return value

    def deliver(notice: Notice) -> None:
        from apprise import Apprise

        sender = Apprise()
        for number, url in enumerate(urls, 1):
            if not sender.add(re.sub(r"\$\{(\w+)\}", secret, url)):
                raise StagewrightError(f"monitor.notify: URL {number} is none that Apprise knows")
        kind = TYPES.get(notice.severity, "warning")
        if not sender.notify(body=notice.text, title=notice.title, notify_type=kind):
            raise StagewrightError(f"monitor.notify: {notice.title!r} could not be delivered to every URL")

    return deliver
