"""Records that could not be handled: where they are, why, and trying again or letting go.

A parked record is a pointer into Kafka, so no personal data rests here; retrying reads the record
again, which works for as long as its topic keeps it.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.kit.db import Connection, Row
from services.kit.errors import Problem
from services.kit.kafka import Record
from services.kit.kafka_security import KafkaAccess


async def save_parked(
    connection: Connection,
    consumer: str,
    record: Record,
    event: tuple[object, str] | None,
    reason: str,
) -> None:
    """Park one record. ``event``: its id and type, where they could be read."""
    await connection.execute(
        "insert into parked_record"
        " (consumer, topic, partition, record_offset, event_id, event_type, reason)"
        " values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict (consumer, topic, partition, record_offset) do nothing",
        consumer,
        record.topic,
        record.partition,
        record.offset,
        event[0] if event else None,
        event[1] if event else None,
        reason[:500],
    )


async def find_parked(connection: Connection, state: str = "parked") -> list[Row]:
    """The parked records, oldest first, at most 500."""
    return await connection.fetch(
        "select id, consumer, topic, partition, record_offset, event_id, event_type, reason,"
        " parked_at, state from parked_record where state = $1 order by parked_at limit 500",
        state,
    )


async def find_alike(connection: Connection) -> list[Row]:
    """The parked records by consumer, topic and reason, those with the oldest first, at most 200.

    ``records``: how many there are; id and place are the first one's.
    """
    return await connection.fetch(
        "select min(id) as id, consumer, topic, (array_agg(partition order by id))[1] as partition,"
        " (array_agg(record_offset order by id))[1] as record_offset,"
        " min(event_type) as event_type, reason, count(*) as records,"
        " min(parked_at) as parked_at, max(parked_at) as last_parked_at"
        " from parked_record where state = 'parked' group by consumer, topic, reason"
        " order by min(parked_at) limit 200"
    )


async def find_alike_ids(connection: Connection, parked_id: int) -> list[int]:
    """That record and those parked by the same consumer, from the same topic and for the same
    reason, in Kafka's order; nothing where it is not parked any more."""
    rows = await connection.fetch(
        "select o.id from parked_record p join parked_record o using (consumer, topic, reason)"
        " where p.id = $1 and p.state = 'parked' and o.state = 'parked'"
        " order by o.partition, o.record_offset",
        parked_id,
    )
    return [row["id"] for row in rows]


async def discard_alike(connection: Connection, parked_id: int, now: datetime, who: str) -> int:
    """Let that record and those like it go; how many that were."""
    answer: str = await connection.execute(
        "update parked_record o set state = 'discarded', decided_at = $2, decided_by = $3"
        " from parked_record p where p.id = $1 and p.state = 'parked' and o.state = 'parked'"
        " and o.consumer = p.consumer and o.topic = p.topic and o.reason = p.reason",
        parked_id,
        now,
        who,
    )
    return int(answer.rpartition(" ")[2])


async def find_unknown(connection: Connection) -> list[Row]:
    """Records parked because their event's type was not known, in Kafka's order, at most 500."""
    return await connection.fetch(
        "select id, reason from parked_record"
        " where state = 'parked' and reason like 'event type % is not in the contracts'"
        " order by consumer, topic, partition, record_offset limit 500"
    )


async def save_reason(connection: Connection, parked_id: int, reason: str) -> None:
    """Say why the record stays parked now."""
    await connection.execute(
        "update parked_record set reason = $2 where id = $1 and state = 'parked'",
        parked_id,
        reason[:500],
    )


async def lock_parked(connection: Connection, parked_id: int) -> Row:
    """One parked record, held until the transaction ends. Problem 404 if there is none."""
    row = await connection.fetchrow(
        "select id, consumer, topic, partition, record_offset from parked_record"
        " where id = $1 and state = 'parked' for update",
        parked_id,
    )
    if row is None:
        raise none_such()
    return row


def none_such() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "There is no parked record with this id.")


async def close_parked(
    connection: Connection, parked_id: int, state: str, now: datetime, who: str
) -> None:
    """Say that the record was ``retried`` or ``discarded``, when and by whom."""
    await connection.execute(
        "update parked_record set state = $2, decided_at = $3, decided_by = $4 where id = $1",
        parked_id,
        state,
        now,
        who,
    )


async def forget_offsets(connection: Connection) -> None:
    """The log is another one: no pointer into the old may be taken for one into the new. What was
    parked stays in the list, and retrying it says that Kafka no longer keeps it."""
    await connection.execute(
        "update parked_record set record_offset = -id where record_offset >= 0"
    )


async def read_record(access: KafkaAccess, topic: str, partition: int, offset: int) -> Record:
    """The record at an offset. Problem 410 when its topic no longer keeps it."""
    # Stopping waits for the next fetch, which is on its way already: half a second by default.
    consumer = AIOKafkaConsumer(**access.client(), group_id=None, fetch_max_wait_ms=10)
    where = TopicPartition(topic, partition)
    await consumer.start()
    try:
        consumer.assign([where])
        first = (await consumer.beginning_offsets([where]))[where]
        end = (await consumer.end_offsets([where]))[where]
        if first <= offset < end:
            consumer.seek(where, offset)
            record: Record = await consumer.getone(where)
            if record.offset == offset:
                return record
    finally:
        await consumer.stop()
    raise Problem(
        HTTPStatus.GONE,
        "Kafka no longer keeps this record. Ask its producer to send it again, then discard it.",
    )
