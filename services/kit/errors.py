"""Which failures can never succeed, and which are the infrastructure's and will pass."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import asyncpg
from aiokafka.errors import KafkaError


class Reject(ValueError):
    """This record can never be processed. ``str()`` is stored and shown: no personal data."""


class Problem(Exception):
    """An HTTP answer of RFC 9457 problem details: what is wrong and what to do about it.

    ``type_``: the problem's slug (``about:blank`` where the status says it all); ``errors``: one
    entry per field, ``{"field": "people.0.date_of_birth", "rule": "..."}``, never with the value.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        type_: str = "about:blank",
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.type = type_
        self.errors = errors
        self.headers = headers


_PASSING_SQLSTATE_CLASSES = (
    "08",  # connection exception
    "40",  # serialization failure, deadlock
    "53",  # insufficient resources
    "55",  # lock not available
    "57",  # operator intervention: shutdown, crash, cancelled
    "58",  # system error
    "25",  # invalid transaction state, e.g. idle-in-transaction time-out
    "28",  # role not (yet) allowed in: migrations or secrets are on their way
    "3D",  # database does not exist (yet)
    "42",  # undefined table or column, privilege: this release's migration is on its way
)


INFRASTRUCTURE: tuple[type[Exception], ...] = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    KafkaError,
)
"""The kinds that may be the infrastructure's; :func:`is_infrastructure` says whether one is."""


def is_infrastructure(error: BaseException) -> bool:
    """Whether waiting may help. If not, it is the record's fault and the record is parked."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "08")[:2] in _PASSING_SQLSTATE_CLASSES
    if isinstance(error, asyncpg.InterfaceError):
        # "connection is closed" and "pool is closing" will pass; a wrong argument type will not.
        return not isinstance(error, asyncpg.DataError | TypeError | ValueError)
    if isinstance(error, asyncpg.InternalClientError):
        return True  # the server ended the connection a moment ago and asyncpg has yet to see it
    return isinstance(error, OSError | TimeoutError | KafkaError | asyncio.CancelledError)


def reason_for(error: BaseException) -> str:
    """A reason that is safe to store and show: messages of foreign exceptions may quote data."""
    if isinstance(error, Reject):
        return str(error)
    if isinstance(error, asyncpg.PostgresError):
        name = error.constraint_name or error.column_name or ""
        return f"PostgreSQL refused it: {type(error).__name__} {name}".strip()
    return f"{type(error).__name__} while handling it; the service's log has the trace"
