"""Topics are made and looked up by name."""

from __future__ import annotations

import secrets

from contracts.topics import ALERTS, OUTCOMES
from services.kit.kafka import _Admin, create_topics
from services.kit.kafka_security import KafkaAccess
from services.local.shared import Addresses


async def test_of_the_topics_asked_about_those_that_are_there_are_known(
    servers: Addresses,
) -> None:
    kafka = KafkaAccess(servers.kafka_bootstrap)
    namespace = f"k{secrets.token_hex(4)}."
    wanted = [namespace + topic.name for topic in (ALERTS, OUTCOMES)]
    assert await create_topics(kafka, [ALERTS], namespace) == wanted[:1]
    assert await create_topics(kafka, [ALERTS, OUTCOMES], namespace) == wanted[1:]
    assert await create_topics(kafka, [ALERTS, OUTCOMES], namespace) == []
    admin = _Admin(**kafka.client())
    await admin.start()
    try:
        assert await admin.known([*wanted, f"{namespace}not-made"]) == set(wanted)
        assert await admin.known(wanted[:1]) == set(wanted[:1])
    finally:
        await admin.close()
