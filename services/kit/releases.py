"""Events of a newer release, while an upgrade is under way: waited for, and tried again.

Invariant: an event whose type this release does not know is never skipped. Its consumer waits
where it stands, so that the release that knows it goes on from there, in order. Where none comes
in time it is parked, what follows goes on, and the release that knows it handles it when it starts,
before it consumes anything else.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from contracts.topics import EVENT_TYPES
from services.kit import db, parked
from services.kit.errors import Problem, is_infrastructure, reason_for
from services.kit.work import Work

if TYPE_CHECKING:
    from services.kit.app import Service

LOG = logging.getLogger(__name__)
TURN_SECONDS = 30.0
_UNKNOWN = re.compile(r"event type '([^']+)' is not in the contracts")
_WHO = "this release, which knows the type"
_ANEW_SECONDS = 60.0


class NewerRelease(TimeoutError):
    """The next record is of a type that only a newer release knows: it may be on its way."""


class Expectation:
    """How long a consumer goes on waiting for the release that knows what it met."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since = self._last = float("-inf")

    def goes_on(self) -> bool:
        """Whether to wait for a type that is not known. Once given up it stays so, for this one and
        those after it, until none was met for a while: another upgrade."""
        now = self._clock()
        if now - self._last > max(self._seconds, _ANEW_SECONDS):
            self._since = now
        self._last = now
        return now - self._since < self._seconds


async def retry_known(service: Service) -> int:
    """Handle what was parked for its type by a release that did not know it, if this one does, in
    the order in which it stands in Kafka; how many records that were.

    Records that cannot be handled, or that Kafka no longer keeps, stay parked and say so.
    """
    async with service.pool.acquire() as connection:
        rows = await parked.find_unknown(connection)
    done = 0
    for row in rows:
        type_ = _UNKNOWN.match(row["reason"])
        if type_ is None or type_[1] not in EVENT_TYPES:
            continue
        try:
            done += await _retry(service, row["id"])
        except Exception as error:
            if is_infrastructure(error):
                raise
            reason = error.detail if isinstance(error, Problem) else reason_for(error)
            LOG.error("parked record %d stays parked: %s", row["id"], reason)
            async with service.pool.acquire() as connection:
                await parked.save_reason(connection, row["id"], reason)
    if done:
        LOG.info("%d parked records are handled, of types that this release knows", done)
    return done


async def _retry(service: Service, parked_id: int) -> bool:
    async with service.work() as work:
        if not await db.try_lock(work.connection, f"{service.name}/parked/{parked_id}"):
            return False
        await retry(service, work, parked_id, _WHO)
        return True


async def retry(service: Service, work: Work, parked_id: int, who: str) -> None:
    """Read a parked record again from Kafka and handle it in the transaction of ``work``.

    Problem 404 where it is not parked any more, 410 where Kafka no longer keeps it.
    """
    row = await parked.lock_parked(work.connection, parked_id)
    record = await parked.read_record(
        service.settings.kafka_access, row["topic"], row["partition"], row["record_offset"]
    )
    consumer = service.consumer(row["consumer"])
    work.outgoing += await consumer.handle_one(work.connection, record)
    await parked.close_parked(work.connection, parked_id, "retried", work.now, who)
