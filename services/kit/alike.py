"""Parked records that are alike, of one consumer and topic and for one reason: decided together.

A fault parks many records, and so does an agency whose export is wrong.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from services.kit import parked, releases
from services.kit.errors import Problem, is_infrastructure, reason_for

if TYPE_CHECKING:
    from services.kit.app import Service

LOG = logging.getLogger(__name__)
_MOST_SECONDS = 3.0
"""Somebody waits for the answer, at a page that gives up after five."""


@dataclass(frozen=True, slots=True)
class Decided:
    """How many ``records`` were decided on, and how many like them are ``left``, still parked."""

    records: int
    left: int = 0


async def retry_alike(service: Service, parked_id: int, who: str) -> Decided:
    """Try that record and those like it again, each in a transaction of its own, in Kafka's order.

    One that cannot be handled stays parked, says why, and keeps no other back. Where none could,
    the first one's Problem.
    """
    async with service.pool.acquire() as connection:
        ids = await parked.find_alike_ids(connection, parked_id)
    until, done, first = time.monotonic() + _MOST_SECONDS, 0, None
    for id_ in ids:
        try:
            async with service.work() as work:
                await releases.retry(service, work, id_, who)
            done += 1
        except Exception as error:
            if is_infrastructure(error):
                raise
            if not isinstance(error, Problem):
                error = Problem(HTTPStatus.CONFLICT, reason_for(error))
            LOG.error("parked record %d stays parked: %s", id_, error.detail)
            async with service.pool.acquire() as connection:
                await parked.save_reason(connection, id_, error.detail)
            first = first or error
        if time.monotonic() > until:
            break
    if not done:
        raise first or parked.none_such()
    return Decided(done, len(ids) - done)


async def discard_alike(service: Service, parked_id: int, who: str) -> Decided:
    """Let that record and those like it go; who did so is kept."""
    async with service.work() as work:
        await parked.lock_parked(work.connection, parked_id)
        return Decided(await parked.discard_alike(work.connection, parked_id, work.now, who))
