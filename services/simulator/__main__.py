"""The feed as a process of its own, for ``kith run``: ``python -m services.simulator``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.telemetry_logs import configure_logging
from services.simulator.feed import feed
from services.simulator.sending import load_credentials

LOG = logging.getLogger("services.simulator")


class FeedSettings(BaseSettings):
    """``KITH_AGENCIES_URL``, ``KITH_CREDENTIALS`` (file), ``KITH_RUN_FOLDER`` and pace."""

    model_config = SettingsConfigDict(env_prefix="KITH_", frozen=True)

    agencies_url: str
    credentials: Path
    run_folder: Path
    feed_seconds: float = 0.75
    feed_seed: int = 1


def _told(sent: int, total: int) -> None:
    if sent % 50 == 0 or sent == total:
        LOG.info("%d of the week's %d assessments sent", sent, total)


def main() -> None:
    settings = FeedSettings()
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
