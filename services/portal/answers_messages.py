"""What the portal reads of how messages reach a recipient."""

from __future__ import annotations

from datetime import time

from pydantic import AwareDatetime

from services.portal.answers import Answer


class Choices(Answer):
    """What the place offers. ``always``: by which channels immediate alerts come."""

    channels: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    quiet_hours_most: float = 0
    opens: time
    closes: time
    digest_at: time | None = None


class Preferences(Answer):
    """What the recipient asked for; ``channels`` None: all that the place offers."""

    channels: tuple[str, ...] | None = None
    digest: bool = True
    only_working_time: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None


class Test(Answer):
    """A test message and what became of it."""

    channel: str
    state: str
    last_status: str | None = None
    created_at: AwareDatetime
