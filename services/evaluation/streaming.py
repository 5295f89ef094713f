"""A file's assessments through the real pipeline: HTTP in, events out, links asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import decode_envelope, decode_event
from contracts.duplication import HouseholdMatchedV1, ReviewRequestedV1
from contracts.topics import HOUSEHOLDS
from services.evaluation.answer import Answer
from services.evaluation.files import Line
from services.evaluation.place import EvaluationPlace

_BATCH = 400
_ASK = 2000
_PATIENCE_SECONDS = 120.0
Told = Callable[[int], None]


async def stream(place: EvaluationPlace, lines: Sequence[Line], told: Told) -> list[Answer]:
    """Send the lines in order and wait until each is decided; the answers, in the same order.

    ``told`` is called with the number newly decided. Raises ``RuntimeError`` when an assessment is
    refused and ``TimeoutError`` when nothing is decided for a long time.
    """
    watching = asyncio.create_task(_watch(place, len(lines), told))
    try:
        ids = await _send(place, lines)
        arrived = await watching
    finally:
        watching.cancel()
    links = await _ask_links(place, ids)
    return [_answer(arrived[id_], links[id_]) for id_ in ids]


async def _send(place: EvaluationPlace, lines: Sequence[Line]) -> list[UUID]:
    ids: list[UUID] = []
    headers = {"Authorization": f"Bearer {place.credential}", "Kith-Channel": "file"}
    async with httpx.AsyncClient(
        base_url=place.agencies_url, headers=headers, timeout=60, trust_env=False
    ) as client:
        for start in range(0, len(lines), _BATCH):
            batch = [
                line.submission.model_dump(mode="json", exclude_defaults=True)
                for line in lines[start : start + _BATCH]
            ]
            answer = await client.post("/v1/assessments", json={"assessments": batch})
            if answer.status_code != httpx.codes.ACCEPTED:
                raise RuntimeError(f"Kith refused the file: {answer.text[:1000]}")
            ids += [UUID(taken["assessment_id"]) for taken in answer.json()["assessments"]]
    return ids


async def _watch(
    place: EvaluationPlace, count: int, told: Told
) -> dict[UUID, HouseholdMatchedV1 | ReviewRequestedV1]:
    """Every decision as it is published."""
    found: dict[UUID, HouseholdMatchedV1 | ReviewRequestedV1] = {}
    consumer = AIOKafkaConsumer(**place.kafka.client(), group_id=None)
    await consumer.start()
    try:
        name = place.namespace + HOUSEHOLDS.name
        partitions = [TopicPartition(name, n) for n in range(HOUSEHOLDS.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        while len(found) < count:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                before = len(found)
                while len(found) == before:
                    for records in (await consumer.getmany(timeout_ms=500)).values():
                        for record in records:
                            kind = decode_envelope(record.headers).type
                            event = decode_event(kind, record.value)
                            if isinstance(event, HouseholdMatchedV1 | ReviewRequestedV1):
                                found[event.assessment_id] = event
                told(len(found) - before)
    finally:
        await consumer.stop()
    return found


async def _ask_links(place: EvaluationPlace, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    headers = {
        "Authorization": f"Bearer {place.service_token}",
        "Kith-Actor": "evaluation",
        "Kith-Purpose": "evaluation",
    }
    async with httpx.AsyncClient(
        base_url=place.duplication_url, headers=headers, timeout=60, trust_env=False
    ) as client:
        for start in range(0, len(ids), _ASK):
            asked = [str(id_) for id_ in ids[start : start + _ASK]]
            answer = await client.post("/v1/resolutions", json={"assessment_ids": asked})
            answer.raise_for_status()
            found |= {UUID(link["assessment_id"]): link for link in answer.json()}
    return found


def _answer(event: HouseholdMatchedV1 | ReviewRequestedV1, link: dict[str, Any]) -> Answer:
    return Answer(
        review=isinstance(event, ReviewRequestedV1),
        people_at_arrival=tuple(map(str, event.facts.person_ids)),
        people=tuple(link["person_ids"]),
        household_at_arrival=link["household_id_at_arrival"],
        household=link["household_id"],
        asked=tuple((one, other) for one, other in link["asked"]),
    )
