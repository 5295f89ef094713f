"""Long lists, page by page: where one ends is where the next begins, whatever comes meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Query

from services.kit.errors import Problem

Position: TypeAlias = "tuple[datetime, UUID]"
"""The moment and id of an entry: lists are in their order."""
After = Annotated[str | None, Query(max_length=80)]
"""As the page before answered it; without, the first page."""
Most = Annotated[int, Query(ge=1, le=500)]
_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def to_text(at: datetime, id_: UUID) -> str:
    """A position as an answer has it. It may stand in an address: it names nobody."""
    return f"{at.astimezone(UTC).strftime(_FORMAT)}_{id_}"


def position(text: str | None) -> Position | None:
    """The position in a request. Problem 422 where it is none."""
    if text is None:
        return None
    at, _, id_ = text.partition("_")
    try:
        return datetime.strptime(at, _FORMAT).replace(tzinfo=UTC), UUID(id_)
    except ValueError:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "There is no such page. Begin with the first, and go on as each page says.",
        ) from None
