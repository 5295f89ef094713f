"""Base of what people write by hand in a place file: frozen, and a slip in a name is an error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen; an unknown field is refused, so that a typing slip is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")
