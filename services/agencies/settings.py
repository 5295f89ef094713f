"""What the agencies service is told from outside, besides what every service is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.kit.settings import DeliverySettings


class AgenciesSettings(DeliverySettings):
    """Variables start with ``KITH_``, e.g. ``KITH_BODY_LIMIT``."""

    body_limit: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024
    """Most bytes of one request's body."""
    credential_seconds: Annotated[float, Field(ge=0)] = 5.0
    """How long a credential is trusted before it is looked up again: revoking takes this long."""
    topics_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How often topics are made for agencies that have begun to write to Kafka."""
    replication: Annotated[int, Field(ge=1, le=5)] = 1
    """Replicas of each agency's topic."""
    idempotency_hours: Annotated[int, Field(ge=1)] = 24
    """How long the answer to an ``Idempotency-Key`` is kept."""
