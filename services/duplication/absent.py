"""What somebody is told who asks for what is not there: that it was erased, or never was."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from uuid import UUID

from services.kit.db import Connection
from services.kit.erased import find_erased
from services.kit.errors import Problem


async def absent(connection: Connection, ids: Iterable[UUID], never: str) -> Problem:
    """Problem 410, with when and why, where one of these was erased; else 404, in these words."""
    for one in (await find_erased(connection, ids)).values():
        return Problem(HTTPStatus.GONE, one.sentence())
    return Problem(HTTPStatus.NOT_FOUND, never)
