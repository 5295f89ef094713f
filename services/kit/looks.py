"""Who looked at a household, as each service that keeps it answers the place's privacy officers.

Invariant: nobody else is answered, nor an officer who has declared a conflict of interest with the
household; and looking at this is a look itself, answered or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from services.kit.db import Row
from services.kit.errors import Problem

LOOKS = "looks"
"""What is looked at here: kept as such."""
Before = Annotated[AwareDatetime | None, Query()]
"""Only what came before this moment: the last one answered, for what came before that."""
Most = Annotated[int, Query(ge=1, le=500)]


class LookView(BaseModel):
    """One look. ``person``: who it was, where several share the ``actor``; ``what``: at what of the
    household; ``fields``: which of it were shown, where that is kept; ``linked``: at another
    household, while this one was linked with it or not yet separated from it; ``number``: of the
    row in its table."""

    number: int
    at: AwareDatetime
    actor: str
    person: str | None = None
    purpose: str
    what: str
    shown: bool
    linked: bool = False
    fields: tuple[str, ...] = ()


def look_views(rows: Sequence[Row]) -> tuple[LookView, ...]:
    """The last first."""
    views = [LookView.model_validate(dict(row)) for row in rows]
    return tuple(sorted(views, key=lambda one: (one.at, one.number), reverse=True))


def not_for_you() -> Problem:
    """What anybody but a privacy officer is told."""
    return Problem(
        HTTPStatus.FORBIDDEN,
        "Who looked at a household is shown to the place's privacy officers alone. Ask one of "
        "them: who they are stands in the place file.",
    )


def nothing_called_so() -> Problem:
    """What an officer of another place is told, or one with a conflict of interest."""
    return Problem(
        HTTPStatus.NOT_FOUND,
        "There is no household of this reference that you may ask about. Where you have declared "
        "a conflict of interest, another privacy officer can.",
    )
