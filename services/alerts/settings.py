"""What alerts is told, besides what every service is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.kit.settings import ServiceSettings


class AlertsSettings(ServiceSettings):
    """Settings of alerts."""

    sweep_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How often late alerts are looked for, to be escalated."""
    heartbeat_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How often an idle stream says that it is alive, and looks for what it may have missed."""
    place_policies: Path | None = None
    """JSON file of each place's working time and allowances; the defaults where there is none."""
