"""The feed as a process of its own, for ``kith run``: ``python -m services.simulator``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.kit.settings import Settings, read_settings
from services.kit.telemetry_logs import configure_logging
from services.simulator.feed import feed
from services.simulator.sending import load_credentials

LOG = logging.getLogger("services.simulator")


class FeedSettings(Settings):
    """Settings of the simulated week."""

    agencies_url: str
    """Where the agencies' API answers."""
    credentials: Path
    """JSON file: agency id to its credential."""
    run_folder: Path
    """Where it keeps its place in the week, and who is truly who."""
    feed_seconds: Annotated[float, Field(ge=0)] = 0.75
    """How long it waits after each assessment."""
    feed_seed: int = 1
    """The same seed gives the same week."""


def _told(sent: int, total: int) -> None:
    if sent % 50 == 0 or sent == total:
        LOG.info("%d of the week's %d assessments sent", sent, total)


def main() -> None:
    settings = read_settings(FeedSettings)
    configure_logging("text", "INFO")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            feed(
                settings.agencies_url,
                load_credentials(settings.credentials),
                settings.run_folder,
                seconds_each=settings.feed_seconds,
                today=datetime.now(UTC).date(),
                seed=settings.feed_seed,
                told=_told,
            )
        )
        LOG.info("the simulated week is over")


if __name__ == "__main__":
    main()
