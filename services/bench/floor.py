"""The floor: Kith's hops with no logic in them, ``python -m services.bench.floor <hop>``.

``accept`` takes a request body over HTTP, inserts a row and writes an event; ``match``, ``assign``
and ``alert`` consume a batch, insert a row for each and write an event for each. The chassis,
servers, topics' shape, batch sizes and settings are Kith's own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import orjson
from fastapi import FastAPI, Request, Response

from contracts.codec import Undecodable, decode_envelope
from contracts.envelope import Envelope, Event, new_id
from contracts.topics import Topic
from services.bench import store
from services.kit.app import Service
from services.kit.consume import Decode, Handle, Received
from services.kit.db import Connection
from services.kit.kafka import Record
from services.kit.outbox import Outgoing
from services.kit.settings import ServiceSettings

PLACE = "greater-manchester"


class Hop(Event):
    """What a hop says: the payload, cut down after the first hop as Kith's own events are."""

    payload: str

    def subject(self) -> str:
        return ""


class AcceptedV1(Hop):
    TYPE: ClassVar[str] = "kith.floor.assessment.accepted.v1"
    TOPIC: ClassVar[str] = "floor.assessments"


class MatchedV1(Hop):
    TYPE: ClassVar[str] = "kith.floor.household.matched.v1"
    TOPIC: ClassVar[str] = "floor.households"


class AssignedV1(Hop):
    TYPE: ClassVar[str] = "kith.floor.household.assigned.v1"
    TOPIC: ClassVar[str] = "floor.assignments"


class RaisedV1(Hop):
    TYPE: ClassVar[str] = "kith.floor.alert.raised.v1"
    TOPIC: ClassVar[str] = "floor.alerts"


CHAIN: tuple[type[Hop], ...] = (AcceptedV1, MatchedV1, AssignedV1, RaisedV1)
HOPS = ("accept", "match", "assign", "alert")
_SMALL = 600
"""Characters of payload after the first hop; about what Kith's own routing facts take."""


def topic_of(event: type[Hop]) -> Topic:
    return Topic(event.TOPIC, (event,), "floor", ("floor",), 6, timedelta(days=1))


TOPICS = tuple(topic_of(event) for event in CHAIN)


def create_service(hop: str, settings: ServiceSettings) -> Service:
    """The process of one hop, in the schema ``floor_<hop>``."""
    service = Service(f"floor_{hop}", settings)
    at = HOPS.index(hop)
    if at == 0:
        _accept(service.api, service)
    else:
        reads, says = CHAIN[at - 1], CHAIN[at]
        service.consume(topic_of(reads), _pass_on(says), decode=_decode(reads))
    return service


def _accept(api: FastAPI, service: Service) -> None:
    @api.post("/v1/assessments", status_code=202)
    async def accept(request: Request) -> Response:
        payload = (await request.body()).decode()
        journey = new_id()
        async with service.work() as work:
            await store.save_hops(work.connection, [(journey, payload)], work.now)
            work.emit(
                AcceptedV1(payload=payload), place_id=PLACE, journey_id=journey, cause=journey
            )
        answer = orjson.dumps({"assessment_id": str(journey)})
        return Response(answer, 202, media_type="application/json")


def _pass_on(says: type[Hop]) -> Handle:
    async def handle(connection: Connection, received: Sequence[Received]) -> Sequence[Outgoing]:
        rows = [(r.envelope.journey_id, _payload(r)) for r in received]
        await store.save_hops(connection, rows, received[0].now)
        return [r.emit(says(payload=_payload(r)[:_SMALL])) for r in received]

    return handle


def _payload(received: Received) -> str:
    assert isinstance(received.event, Hop)
    return received.event.payload


def _decode(reads: type[Hop]) -> Decode:
    def decode(record: Record) -> tuple[Envelope, Event]:
        if record.value is None:
            raise Undecodable("the record has no value")
        return decode_envelope(record.headers), reads.model_validate_json(record.value)

    return decode


if __name__ == "__main__":
    create_service(sys.argv[1], ServiceSettings()).run()
