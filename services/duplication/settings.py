"""What duplication is told from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.duplication.model import CURRENT
from services.kit.settings import ServiceSettings


class DuplicationSettings(ServiceSettings):
    """Settings of duplication."""

    matching_model: str = CURRENT
    """The version of the matching model, a file in ``models/``, of places in which no other was put
    in force (``kith rematch --apply``)."""
    quality_seconds: Annotated[float, Field(gt=0)] = 600.0
    """How often it is looked whether a day is over and what agencies fill in is to be counted."""
