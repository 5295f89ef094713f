"""What duplication is told from outside."""

from __future__ import annotations

from services.duplication.model import CURRENT
from services.kit.settings import ServiceSettings


class DuplicationSettings(ServiceSettings):
    """Settings of duplication."""

    matching_model: str = CURRENT
    """The version of the matching model, a file in ``models/``."""
