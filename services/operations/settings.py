"""What operations is told, besides what every service is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.kit.settings import ServiceSettings
from services.operations.stalls import Stage


class OperationsSettings(ServiceSettings):
    """Settings of operations."""

    gather_ms: Annotated[int, Field(ge=0, le=5_000)] = 250
    """How long a batch may grow: nobody's work waits for operations."""
    stream_seconds: Annotated[float, Field(gt=0)] = 0.4
    """How often a live page is sent what has changed since."""
    span_hours: Annotated[float, Field(gt=0)] = 48.0
    """How long the local span store keeps spans."""
    span_most: Annotated[int, Field(ge=1_000)] = 300_000
    """The most spans it keeps: about 1.2 KB of disk each."""
    stall_seconds: dict[Stage, float] = Field(default_factory=dict)
    """How long each stage may take, in seconds, where it is not the default, as JSON."""
