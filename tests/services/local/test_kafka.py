"""The embedded Kafka broker, for real."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from services.local.errors import CannotRun
from services.local.kafka.server import Kafka
from services.local.leash import Leash
from services.local.ports import HOST
from tests.services.local.processes import eventually


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with Leash() as leash:
        kafka = Kafka(tmp_path_factory.mktemp("kafka"), leash)
        kafka.start()
        yield kafka
        kafka.stop()


async def produce(kafka: Kafka, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, enable_idempotence=True, acks="all"
    )
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


@pytest.mark.timeout(300)
async def test_topics_records_and_offsets_survive_kill_9(kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 2, 1)])
    await admin.close()
    await produce(kafka, "kept", b"one")
    group = {"group_id": "readers", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=kafka.bootstrap, **group)
    await consumer.start()
    assert (await consumer.getone()).value == b"one"
    await consumer.commit()
    await consumer.stop()
    assert kafka.pid is not None
    os.kill(kafka.pid, signal.SIGKILL)
    eventually(lambda: not kafka.alive)
    assert "Kafka stopped (exit -9)" in kafka.complaint()

    await asyncio.to_thread(kafka.start)
    await produce(kafka, "kept", b"two")
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=kafka.bootstrap, **group)
    await consumer.start()
    assert (await consumer.getone()).value == b"two"
    await consumer.stop()


async def test_a_topic_nobody_created_is_an_error(kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    (answer,) = await admin.describe_topics(["misspelt"])
    await admin.close()
    assert answer["error_code"] == UnknownTopicOrPartitionError.errno


def test_a_broker_that_dies_while_starting_is_quoted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "meta.properties").write_text("version=1\nnode.id=99\ncluster.id=other\n")
    with Leash() as leash, pytest.raises(CannotRun, match=r"(?s)Kafka stopped.*node id 99"):
        Kafka(tmp_path, leash).start()


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with Leash() as leash, socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=f"^Port {port}.* KITH_KAFKA_PORT=<port>.$"):
            Kafka(tmp_path, leash, port=port).start()
