"""Topics are made and looked up by name."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka.errors import KafkaError

from contracts.topics import ALERTS, ASSESSMENTS, OUTCOMES, inbound_topic
from services.kit.kafka_security import KafkaAccess
from services.kit.topics import _Admin, create_topics
from services.local.shared import Addresses


@asynccontextmanager
async def admin_of(servers: Addresses) -> AsyncIterator[_Admin]:
    admin = _Admin(**KafkaAccess(servers.kafka_bootstrap).client())
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def settings(servers: Addresses, name: str) -> dict[str, str]:
    async with admin_of(servers) as admin:
        return (await admin.settings([name], ["retention.ms", "segment.ms", "max.message.bytes"]))[
            name
        ]


DAY = 24 * 3600 * 1000


async def test_topics_with_personal_data_are_cut_often_enough_to_forget_on_the_eighth_day(
    servers: Addresses,
) -> None:
    namespace = f"k{secrets.token_hex(4)}."
    personal = [ASSESSMENTS, inbound_topic("wigan-homes")]
    await create_topics(KafkaAccess(servers.kafka_bootstrap), [*personal, ALERTS], namespace)
    for topic in personal:
        found = await settings(servers, namespace + topic.name)
        assert found["retention.ms"] == str(7 * DAY)
        assert int(found["retention.ms"]) + int(found["segment.ms"]) < 8 * DAY - 3600 * 1000
    others = await settings(servers, namespace + ALERTS.name)
    assert others["segment.ms"] == str(7 * DAY), "what the broker does by itself"


async def test_a_topic_that_is_there_already_is_cut_so_from_now_on_and_else_left_as_it_is(
    servers: Addresses,
) -> None:
    namespace = f"k{secrets.token_hex(4)}."
    name = namespace + ASSESSMENTS.name
    before = replace(ASSESSMENTS, personal_data=False, retention=timedelta(days=3))
    await create_topics(KafkaAccess(servers.kafka_bootstrap), [before], namespace)
    async with admin_of(servers) as admin:
        await admin.set({name: {"max.message.bytes": "2000000"}})
    assert (await settings(servers, name))["segment.ms"] == str(7 * DAY)
    assert await create_topics(KafkaAccess(servers.kafka_bootstrap), [ASSESSMENTS], namespace) == []
    assert await settings(servers, name) == {
        "retention.ms": str(3 * DAY),
        "segment.ms": str(7 * DAY // 10),
        "max.message.bytes": "2000000",
    }
    async with admin_of(servers) as admin:
        await admin.set({name: {"segment.ms": "3600000"}})
    await create_topics(KafkaAccess(servers.kafka_bootstrap), [ASSESSMENTS], namespace)
    assert (await settings(servers, name))["segment.ms"] == "3600000", "shorter is well"


async def test_what_the_broker_refuses_is_said(servers: Addresses) -> None:
    async with admin_of(servers) as admin:
        with pytest.raises(KafkaError, match="cannot be set so"):
            await admin.set({f"not-made-{secrets.token_hex(4)}": {"segment.ms": "3600000"}})


async def test_of_the_topics_asked_about_those_that_are_there_are_known(
    servers: Addresses,
) -> None:
    kafka = KafkaAccess(servers.kafka_bootstrap)
    namespace = f"k{secrets.token_hex(4)}."
    wanted = [namespace + topic.name for topic in (ALERTS, OUTCOMES)]
    assert await create_topics(kafka, [ALERTS], namespace) == wanted[:1]
    assert await create_topics(kafka, [ALERTS, OUTCOMES], namespace) == wanted[1:]
    assert await create_topics(kafka, [ALERTS, OUTCOMES], namespace) == []
    async with admin_of(servers) as admin:
        assert await admin.known([*wanted, f"{namespace}not-made"]) == set(wanted)
        assert await admin.known(wanted[:1]) == set(wanted[:1])
