"""The users that Strimzi is asked for may do what the registry says, and what the job and KEDA do.

On a real broker that asks, with the rights of the manifest: no kustomize and no Kubernetes needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError
from typer.testing import CliRunner, Result

from contracts.topics import ALL_TOPICS, ASSESSMENTS, SEAL_TOPICS, inbound_topic
from services.install.cli import app
from services.install.jobs import WITH_DATABASE
from services.kit.acls import Acl, Naming, Operation, Pattern, Resource, service_acls
from services.kit.kafka_admin import kafka_admin
from services.kit.kafka_security import KafkaAccess
from services.kit.topics import create_topics
from tests.kubernetes.rendering import MANIFESTS
from tests.secured_kafka import SecuredKafka, secured_kafka

USERS: dict[str, dict[str, Any]] = {
    one["metadata"]["name"]: one["spec"]
    for file in sorted(MANIFESTS.rglob("kafka-users.yaml"))
    for one in yaml.safe_load_all(file.read_text("utf-8"))
}
OPERATIONS = {
    "Read": Operation.READ,
    "Write": Operation.WRITE,
    "Create": Operation.CREATE,
    "Describe": 8,
    "DescribeConfigs": Operation.DESCRIBE_CONFIGS,
    "AlterConfigs": Operation.ALTER_CONFIGS,
}
BESIDE = {"kith-topics", "kith-lag"}
"""Who is no service: the job that makes topics, and KEDA."""


def rights(user: str) -> set[Acl]:
    return {
        Acl(
            f"User:{user}",
            OPERATIONS[operation],
            Resource[acl["resource"]["type"].upper()],
            acl["resource"]["name"],
            {"literal": Pattern.LITERAL, "prefix": Pattern.PREFIXED}[
                acl["resource"]["patternType"]
            ],
        )
        for acl in USERS[user]["authorization"]["acls"]
        for operation in acl["operations"]
    }


def password(user: str) -> str:
    return f"the password of {user}"


def test_each_service_may_do_what_the_registry_says_and_nothing_else() -> None:
    registry = service_acls(Naming())
    named = {acl.principal.removeprefix("User:") for acl in registry} - {"kith-simulator"}
    assert set(USERS) == named | BESIDE
    for user in named:
        assert rights(user) == {acl for acl in registry if acl.principal == f"User:{user}"}
    for user, one in USERS.items():
        assert one["authentication"]["type"] == "scram-sha-512"
        secret = "kafka-admin" if user == "kith-topics" else user.replace("kith-", "kafka-")
        told = one["authentication"].get("password", {}).get("valueFrom", {}).get("secretKeyRef")
        assert told == (None if user == "kith-lag" else {"name": secret, "key": secret})


def test_whoever_is_no_service_reads_and_writes_nothing() -> None:
    for user in BESIDE:
        operations = {acl.operation for acl in rights(user)}
        assert not operations & {Operation.READ, Operation.WRITE}, user


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """As Strimzi's user operator leaves it."""
    with secured_kafka(tmp_path_factory.mktemp("kafka")) as kafka:

        async def give() -> None:
            async with kafka_admin(kafka.admin) as admin:
                await admin.set_passwords(kafka.admin, {user: password(user) for user in USERS})
                await admin.alter_acls([acl for user in USERS for acl in rights(user)], [])

        asyncio.run(give())
        yield kafka


def access(kafka: SecuredKafka, user: str) -> KafkaAccess:
    return kafka.user(user, password(user))


def as_user(kafka: SecuredKafka, user: str, *command: str) -> Result:
    told = access(kafka, user).environment()
    return CliRunner().invoke(
        app, list(command), env=told | {"KITH_KAFKA_ACLS": "false", "KITH_PATIENCE_SECONDS": "0"}
    )


def test_topics_are_made_and_waited_for_by_users_who_may_see_their_own_alone(
    kafka: SecuredKafka,
) -> None:
    early = as_user(kafka, "kith-alerts", "await", "topics")
    assert early.exit_code == 1
    assert "Still missing: " in early.output
    made = as_user(kafka, "kith-topics", "topics")
    assert made.exit_code == 0, made.output
    assert f"{len(ALL_TOPICS)} new topics" in made.output
    again = as_user(kafka, "kith-topics", "topics")
    assert again.exit_code == 0, again.output
    for service in WITH_DATABASE:
        waited = as_user(kafka, f"kith-{service}", "await", "topics")
        assert waited.exit_code == 0, waited.output


async def test_agencies_makes_the_topic_of_an_agency_and_no_other_service_does(
    kafka: SecuredKafka,
) -> None:
    police = inbound_topic("wigan-police")
    with pytest.raises(TopicAuthorizationFailedError):
        await create_topics(access(kafka, "kith-duplication"), [police])
    assert await create_topics(access(kafka, "kith-agencies"), [police]) == [police.name]


async def test_keda_sees_how_much_is_left_to_read_and_no_record(kafka: SecuredKafka) -> None:
    """What its scaler asks: a topic's partitions, their ends, a group's offsets."""
    await create_topics(access(kafka, "kith-topics"), [ASSESSMENTS, *SEAL_TOPICS.values()])
    lag = access(kafka, "kith-lag")
    partition = TopicPartition(ASSESSMENTS.name, 0)
    consumer = AIOKafkaConsumer(**lag.client())
    await consumer.start()
    try:
        assert await consumer.end_offsets([partition]) == {partition: 0}
        consumer.assign([partition])
        consumer.seek(partition, 0)
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(consumer.getone(), 30)
    finally:
        await consumer.stop()
    admin = AIOKafkaAdminClient(**lag.client())
    await admin.start()
    try:
        group = f"duplication.{ASSESSMENTS.name}"
        assert await admin.list_consumer_group_offsets(group, partitions=[partition])
    finally:
        await admin.close()
