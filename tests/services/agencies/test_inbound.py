"""Assessments over Kafka, each agency on its own topic: the same checks, the same outcomes."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.producer import message_accumulator as accumulating
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from contracts.assessments import AssessmentSubmittedV1
from contracts.topics import ASSESSMENTS, Topic, inbound_topic
from services.agencies import accept as accepting
from services.agencies import inbound
from services.kit import telemetry_spans
from services.kit.kafka import create_producer
from services.kit.telemetry_spans import Tracer
from tests.services.agencies.place import HOMES, POLICE, SCHOOL, Place, submission
from tests.stack import TOKEN, Stack, eventually

AS_SERVICE = {"authorization": f"Bearer {TOKEN}"}


def headers(agency: str = POLICE, **changes: bytes) -> list[tuple[str, bytes]]:
    found = {
        "ce_specversion": b"1.0",
        "ce_id": b"any string will do",
        "ce_type": AssessmentSubmittedV1.TYPE.encode(),
        "ce_source": f"/agencies/{agency}".encode(),
    } | changes
    return list(found.items())


async def write(
    stack: Stack,
    body: Any,
    *,
    topic: Topic | None = None,
    with_headers: list[tuple[str, bytes]] | None = None,
) -> None:
    value = body if isinstance(body, bytes) else json.dumps(body).encode()
    await stack.publish_raw(topic or inbound_topic(POLICE), value, with_headers or headers())


async def references(place: Place, count: int) -> set[str]:
    async def ask() -> set[str]:
        return {row["reference"] for row in await place.fetch("select reference from assessment")}

    return await eventually(ask, lambda found: len(found) >= count)


async def rejections(place: Place, count: int, agency: str = POLICE) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        return list((await place.get("/v1/rejections", agency)).json()["rejections"])

    return await eventually(ask, lambda found: len(found) >= count)


async def test_a_record_is_accepted_as_over_http(place: Place, stack: Stack) -> None:
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await write(stack, submission("PPN-1"), with_headers=headers(traceparent=trace))
    [(envelope, event)] = await stack.read(ASSESSMENTS, lambda found: len(found) == 1)
    assert getattr(event, "agency_id", None) == POLICE
    assert getattr(event, "channel", None) == "kafka"
    assert envelope.place_id == "greater-manchester"
    assert envelope.traceparent == trace.decode()
    [shown] = (await place.get("/v1/assessments", POLICE, reference="PPN-1")).json()["assessments"]
    assert shown["channel"] == "kafka"


async def test_a_records_hop_hangs_on_its_agencys_trace_and_says_the_journey_it_begins(
    place: Place, stack: Stack
) -> None:
    found: list[ReadableSpan] = []
    telemetry_spans.install(Tracer(found.append, Resource.create({})))
    try:
        trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        await write(stack, submission("PPN-1"), with_headers=headers(traceparent=trace))
        [(envelope, _)] = await stack.read(ASSESSMENTS, lambda found: len(found) == 1)

        async def hops() -> dict[str, ReadableSpan]:
            mine = str(envelope.journey_id)
            of_journey = [s for s in found if (s.attributes or {}).get("journeyid") == mine]
            return {s.name.replace(stack.namespace, ""): s for s in of_journey}

        names = {f"process agencies.inbound.{POLICE}", "send agencies.assessments"}
        seen = await eventually(hops, lambda h: names <= set(h))
    finally:
        telemetry_spans.install(None)
    record, send = seen[f"process agencies.inbound.{POLICE}"], seen["send agencies.assessments"]
    assert record.context is not None
    assert record.parent is not None
    assert send.parent is not None
    assert send.context is not None
    assert f"{record.parent.span_id:016x}" == "b7ad6b7169203331"
    assert send.parent.span_id == record.context.span_id
    assert envelope.traceparent == (
        f"00-0af7651916cd43dd8448eb211c80319c-{send.context.span_id:016x}-01"
    )


async def test_the_same_reference_on_any_channel_is_one_assessment(
    place: Place, stack: Stack
) -> None:
    await place.post(submission("PPN-1"), POLICE)
    await write(stack, submission("PPN-1"))
    await write(stack, submission("PPN-1"))
    await write(stack, submission("PPN-2"))
    assert await references(place, 2) == {"PPN-1", "PPN-2"}
    assert await place.count("assessment") == await place.count("outbox") == 2
    assert await place.count("rejection") == 0


async def test_poison_in_the_middle_is_refused_and_the_rest_accepted(
    place: Place, stack: Stack
) -> None:
    await write(stack, submission("PPN-1"))
    await write(stack, b"{not json")
    await write(stack, submission("PPN-2", needs=["magic"]))
    await write(stack, submission("PPN-3"), with_headers=headers(ce_source=b"/agencies/other"))
    await write(stack, submission("PPN-4"), with_headers=headers(ce_type=b"\xff\xfe"))
    await write(stack, submission("PPN-5"), with_headers=headers(other=b"\xff\xfe"))
    assert await references(place, 2) == {"PPN-1", "PPN-5"}
    found = await rejections(place, 4)
    assert [(r["reference"], r["errors"][0]["field"]) for r in found] == [
        (None, "(body)"),
        ("PPN-2", "needs.0"),
        ("PPN-3", "ce_source"),
        ("PPN-4", "ce_type"),
    ]
    assert "magic" not in json.dumps(found)
    parked = (await place.client.get("/parked", headers=AS_SERVICE)).json()
    assert len(parked) == 4
    assert (await place.get("/v1/rejections", SCHOOL)).json()["rejections"] == []


@pytest.mark.parametrize("written_ms", [-(10**14), -(10**18)])
async def test_a_record_of_no_time_is_refused_and_the_next_accepted(
    place: Place, stack: Stack, written_ms: int
) -> None:
    """An agency writes the time itself, and Kafka takes any that is past."""
    topic, value = inbound_topic(POLICE), json.dumps(submission("PPN-1")).encode()
    await stack.publish_raw(topic, value, headers(), written_ms=written_ms)
    await write(stack, submission("PPN-2"))
    assert await references(place, 1) == {"PPN-2"}
    [refused] = await rejections(place, 1)
    assert (refused["reference"], refused["errors"][0]["field"]) == ("PPN-1", "timestamp")


async def test_headers_without_a_value_are_as_if_they_were_missing(
    place: Place, stack: Stack
) -> None:
    topic, value = inbound_topic(POLICE), json.dumps(submission("PPN-1")).encode()
    await stack.publish_raw(topic, value, [*headers(), ("traceparent", None), ("other", None)])
    await stack.publish_raw(topic, b"{}", [("ce_type", None), ("traceparent", None)])
    assert await references(place, 1) == {"PPN-1"}
    [refused] = await rejections(place, 1)
    assert refused["errors"][0] == {"field": "ce_type", "rule": "the header is missing"}


class _NotUtf8(str):
    """A header's name as a system may write it that knows nothing of UTF-8."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xfcberweisung"


async def test_a_header_whose_name_is_not_utf8_keeps_back_nothing_but_its_own_batch(
    place: Place, stack: Stack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(accumulating, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
    topic = stack.namespace + inbound_topic(POLICE).name
    async with create_producer(stack.access, "police") as producer:
        batch = producer.create_batch()
        for reference in ("PPN-1", "PPN-2", "PPN-3", "PPN-4"):
            odd = [(_NotUtf8("x"), b"1")] if reference == "PPN-3" else []
            value = json.dumps(submission(reference)).encode()
            batch.append(key=b"k", value=value, timestamp=None, headers=[*headers(), *odd])
        await producer.send_batch(batch, topic, partition=0)
    await write(stack, submission("PPN-5"))
    assert await references(place, 3) == {"PPN-1", "PPN-2", "PPN-5"}
    passed_over = [m.partition(":")[0] for m in caplog.messages if m.startswith("passed over")]
    assert passed_over == [f"passed over {topic}-0@2", f"passed over {topic}-0@3"]


async def test_other_content_under_a_used_reference_is_refused(place: Place, stack: Stack) -> None:
    await write(stack, submission("PPN-1"))
    await write(stack, submission("PPN-1", needs=["crime"]))
    [refused] = await rejections(place, 1)
    assert refused["errors"][0]["field"] == "reference"


async def test_many_bad_records_of_one_agency_do_not_stop_the_others(
    place: Place, stack: Stack
) -> None:
    for _ in range(40):
        await write(stack, b"{}")
    await write(stack, submission("PPN-1"))
    assert await references(place, 1) == {"PPN-1"}
    assert place.service.faults() == []


async def test_what_the_agreement_does_not_name_is_refused_until_it_does(
    place: Place, stack: Stack
) -> None:
    await place.fetch("update sharing_agreement set field_groups = '{}'")
    await write(stack, submission("PPN-1"))
    [refused] = await rejections(place, 1)
    assert {e["field"] for e in refused["errors"]} == {"address", "needs"}
    await place.fetch("update sharing_agreement set field_groups = '{address,needs}'")
    [parked] = (await place.client.get("/parked", headers=AS_SERVICE)).json()
    answer = await place.client.post(f"/parked/{parked['id']}/retry", headers=AS_SERVICE)
    assert answer.status_code == 200, answer.text
    assert await references(place, 1) == {"PPN-1"}
    assert (await place.get("/v1/rejections", POLICE)).json()["rejections"] == []


async def test_what_is_refused_again_stays_parked_and_says_why(place: Place, stack: Stack) -> None:
    await write(stack, submission("PPN-1", needs=["magic"]))
    [refused] = await rejections(place, 1)
    [parked] = (await place.client.get("/parked", headers=AS_SERVICE)).json()
    answer = await place.client.post(f"/parked/{parked['id']}/retry", headers=AS_SERVICE)
    assert answer.status_code == 409
    assert answer.json()["detail"] == parked["reason"]
    assert parked["reason"].startswith("needs.0: must be 'education'")
    assert (await place.client.get("/parked", headers=AS_SERVICE)).json() == [parked]
    assert await rejections(place, 1) == [refused]


async def test_nobody_need_decide_on_what_its_agency_has_sent_again_as_it_should_be(
    place: Place, stack: Stack
) -> None:
    await write(stack, submission("PPN-1", needs=["magic"]))
    await write(stack, submission("PPN-2", needs=["magic"]))
    await rejections(place, 2)
    await place.post(submission("PPN-1"), POLICE)
    async with place.service.work() as work:
        await inbound.settle_refused(work)
    [left] = (await place.client.get("/parked", headers=AS_SERVICE)).json()
    [refused] = await rejections(place, 1)
    assert left["record_offset"] == refused["record_offset"]
    assert refused["reference"] == "PPN-2"


async def test_a_new_agencys_topic_is_noticed_soon(place: Place, stack: Stack) -> None:
    await place.fetch("update agency set writes_to_kafka = true where agency_id = $1", HOMES)
    topic = inbound_topic(HOMES)

    async def there() -> bool:
        try:
            await write(stack, submission("TEN-1"), topic=topic, with_headers=headers(HOMES))
        except UnknownTopicOrPartitionError:
            return False
        return True

    await eventually(there)
    assert await references(place, 1) == {"TEN-1"}


async def test_a_crash_before_the_commit_loses_nothing(
    place: Place, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, calls = accepting.accept, 0

    async def fail_once(*args):
        nonlocal calls
        calls += 1
        answer = await accept(*args)
        if calls == 1:
            raise asyncpg.ConnectionDoesNotExistError("the server went away")
        return answer

    monkeypatch.setattr(inbound, "accept", fail_once)
    await write(stack, submission("PPN-1"))
    assert await references(place, 1) == {"PPN-1"}
    assert calls == 2
    assert await place.count("outbox") == 1
