"""What the key-worker service is told from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.kit.settings import ServiceSettings


class KeyWorkersSettings(ServiceSettings):
    """Settings of this service, besides those every service has."""

    drain_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How often the waiting list is looked at for households that somebody has room for."""
    review_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How often reviews that are past their deadline are sent on provisionally, and key workers
    told of possible matches with households that they have been given since."""
    retention_seconds: Annotated[float, Field(gt=0)] = 3_600.0
    """How often it is looked for what is kept no longer, by the place's policy: what is due is put
    on notice, and what has been for as long as the policy says is ordered to be erased."""
