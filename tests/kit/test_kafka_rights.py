"""A service's user on Kafka does what the registry says and nothing else: every other way is tried.

A broker that asks, with the rights that the job gives; every service, every topic.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from contracts.topics import ALL_TOPICS, SEAL_TOPICS, Topic, inbound_topic
from services.kit.acls import AUDITOR, Acl, Naming, Operation, Resource, service_acls, services_of
from services.kit.kafka import create_producer
from services.kit.kafka_admin import kafka_admin
from services.kit.kafka_rights import (
    Done,
    KafkaAdminSettings,
    give_agency,
    give_services,
    take_agency,
)
from services.kit.kafka_security import KafkaAccess, explain
from services.kit.topics import _Admin, create_topics, missing_topics
from tests.secured_kafka import SecuredKafka, secured_kafka

POLICE, SCHOOL = "wigan-police", "wigan-school"
TOPICS = [*ALL_TOPICS, inbound_topic(POLICE), inbound_topic(SCHOOL)]
_DENIED = (TopicAuthorizationFailedError, GroupAuthorizationFailedError)


@dataclass(frozen=True)
class Given:
    """The broker after the job, an agency's user and what was done."""

    kafka: SecuredKafka
    settings: KafkaAdminSettings
    passwords: dict[str, str]
    police: KafkaAccess
    done: Done

    def access(self, service: str) -> KafkaAccess:
        return self.kafka.user(f"{self.settings.namespace}kith-{service}", self.passwords[service])

    def name(self, topic: Topic) -> str:
        return self.settings.namespace + topic.name


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    with secured_kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        admin = kafka.admin
        settings = kafka.admin_settings(namespace="stage.")
        passwords = {name: secrets.token_urlsafe(24) for name in services_of()}

        async def give() -> tuple[Done, str, str]:
            await create_topics(admin, TOPICS, settings.namespace)
            done = await give_services(settings, passwords)
            user, password, _ = await give_agency(settings, POLICE)
            return done, user, password

        done, user, password = asyncio.run(give())
        yield Given(kafka, settings, passwords, kafka.user(user, password), done)


async def sees(access: KafkaAccess, topic: str) -> bool:
    """Whether it is told that there is such a topic, as nobody is who may neither read nor write
    it: aiokafka's clients would ask for it again and again for most of a minute."""
    admin = _Admin(**access.client())
    await admin.start()
    try:
        return bool(await admin.known([topic]))
    finally:
        await admin.close()


async def writes(access: KafkaAccess, topic: str) -> bool:
    """Whether a record arrives."""
    if not await sees(access, topic):
        return False
    producer = create_producer(access, "test")
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}")
    except (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
        return False
    finally:
        await producer.stop()
    return True


async def reads(access: KafkaAccess, topic: str, group: str | None = None) -> bool:
    """Whether what is there can be read: from its start, or as a member of a group."""
    if not await sees(access, topic):
        return False
    consumer = AIOKafkaConsumer(**access.client(), group_id=group, auto_offset_reset="earliest")
    try:
        await consumer.start()
        if group is None:
            consumer.assign([TopicPartition(topic, 0)])
            await consumer.beginning_offsets([TopicPartition(topic, 0)])
            await consumer.seek_to_beginning()
        else:
            consumer.subscribe([topic])
        await asyncio.wait_for(consumer.getmany(timeout_ms=500), 20)
        if group is not None:
            return bool(consumer.assignment())
    except _DENIED:
        return False
    finally:
        await consumer.stop()
    return True


def may(service: str, topic: Topic) -> tuple[bool, bool]:
    """Whether the registry has it write, and read, that topic."""
    is_inbound = topic.name.startswith("agencies.inbound.")
    own = SEAL_TOPICS.get(service)
    sealed = topic in SEAL_TOPICS.values() and service == AUDITOR
    written = not is_inbound and topic.producer == service
    return written, service in topic.consumers or topic is own or sealed


@pytest.mark.parametrize("service", services_of())
async def test_a_service_does_with_each_topic_what_the_registry_says(
    given: Given, service: str
) -> None:
    access = given.access(service)
    allowed = 0
    for topic in TOPICS:
        name = given.name(topic)
        expected = may(service, topic)
        assert (await writes(access, name), await reads(access, name)) == expected, name
        allowed += sum(expected)
    assert allowed


@pytest.mark.parametrize("service", [n for n in services_of() if n != AUDITOR])
async def test_a_service_reads_in_groups_of_its_own_name_alone(given: Given, service: str) -> None:
    topic = given.name(next(t for t in ALL_TOPICS if service in t.consumers))
    assert await reads(given.access(service), topic, f"stage.{service}.{topic}")
    for other in ("duplication", "operations", f"{service}x"):
        if other != service:
            assert not await reads(given.access(service), topic, f"stage.{other}.{topic}")
    assert not await reads(given.access(service), topic, f"{service}.{topic}")


async def test_a_service_changes_nothing_about_topics_rights_or_users(given: Given) -> None:
    right = Acl("User:stage.kith-alerts", Operation.READ, Resource.TOPIC, "stage.agencies.seals")
    async with kafka_admin(given.access("alerts")) as admin:
        with pytest.raises(ClusterAuthorizationFailedError):
            await admin.alter_acls([right], [])
        with pytest.raises(ClusterAuthorizationFailedError):
            await admin.acls([right.principal])
        with pytest.raises(ClusterAuthorizationFailedError):
            await admin.drop_user("stage.kith-duplication")
    admin = AIOKafkaAdminClient(**given.access("alerts").client())
    await admin.start()
    try:
        made = await admin.create_topics([NewTopic("stage.agencies.inbound.mine", 1, 1)])
        assert [code for _, code, *_ in made.topic_errors] == [29]
        deleted = await admin.delete_topics([given.name(ALL_TOPICS[0])])
        assert {code for _, code in deleted.topic_error_codes} == {29}
    finally:
        await admin.close()
    await create_topics(given.access("agencies"), [inbound_topic("new-one")], "stage.")
    with pytest.raises(KafkaError):
        await create_topics(
            given.access("agencies"), [Topic("x", (), "x", (), 1, TOPICS[0].retention)]
        )


async def test_whoever_waits_for_topics_waits_for_those_that_it_may_see(given: Given) -> None:
    registry, namespace = ALL_TOPICS, given.settings.namespace
    alerts = given.access("alerts")
    assert await missing_topics(alerts, registry, namespace) == []
    new = replace(registry[0], name="agencies.inbound.not-yet")
    everybody = [topic.name for topic in registry]
    for access, topics, missing in (
        (given.access("agencies"), [*registry, new], [new.name]),
        (given.police, registry, everybody),
        (given.kafka.admin, [*registry, new], [new.name]),
    ):
        found = await missing_topics(access, topics, namespace)
        assert found == [namespace + name for name in missing]


async def test_an_agency_writes_its_own_topic_and_does_nothing_else(given: Given) -> None:
    assert await writes(given.police, given.name(inbound_topic(POLICE)))
    for topic in TOPICS:
        assert not await reads(given.police, given.name(topic)), topic.name
        assert not await reads(given.police, given.name(topic), f"stage.agencies.{POLICE}")
        if topic.name != inbound_topic(POLICE).name:
            assert not await writes(given.police, given.name(topic)), topic.name


async def test_an_agency_writes_over_tls_and_whoever_passes_for_it_does_not(given: Given) -> None:
    over_tls = given.kafka.over_tls(given.police.user, given.police.password)
    assert await writes(over_tls, given.name(inbound_topic(POLICE)))
    said = await explain(replace(over_tls, password="guessed"))
    assert said is not None
    assert f"refuses the user {given.police.user}" in said


async def test_an_agency_that_is_taken_away_writes_nothing_at_once(given: Given) -> None:
    user, password, done = await give_agency(given.settings, SCHOOL)
    assert [str(acl) for acl in done.change.give] == [
        f"User:{user} write topic stage.agencies.inbound.{SCHOOL}"
    ]
    producer = create_producer(given.kafka.user(user, password), "test")
    await producer.start()
    try:
        await producer.send_and_wait(given.name(inbound_topic(SCHOOL)), b"{}")
        gone = await take_agency(given.settings, SCHOOL)
        assert gone.users == (user,)
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(given.name(inbound_topic(SCHOOL)), b"{}")
    finally:
        await producer.stop()
    assert await explain(given.kafka.user(user, password)) is not None
    assert (await take_agency(given.settings, SCHOOL)).users == ()
    assert await writes(given.police, given.name(inbound_topic(POLICE)))


async def test_what_is_there_already_stays_and_what_was_given_beside_is_taken_away(
    given: Given,
) -> None:
    wanted = service_acls(given.settings.naming)
    assert set(given.done.change.give) == wanted
    assert set(given.done.users) == {f"stage.kith-{name}" for name in services_of()}
    beside = Acl("User:stage.kith-alerts", Operation.READ, Resource.TOPIC, "stage.agencies.seals")
    fixed = replace(beside, host="10.0.0.1")
    foreign = replace(beside, principal="User:kith-alerts")  # another stack's, or nobody's
    async with kafka_admin(given.kafka.admin) as admin:
        await admin.alter_acls([beside, fixed, foreign], [])
        done = await give_services(given.settings, given.passwords)
        assert (done.users, done.change.give) == ((), ())
        assert set(done.change.take) == {beside, fixed}
        assert await admin.acls([foreign.principal]) == {foreign}
        assert await admin.acls({acl.principal for acl in wanted}) == wanted
        again = await give_services(given.settings, given.passwords)
        assert (again.users, again.change.give, again.change.take) == ((), (), ())


async def test_a_broker_without_an_authorizer_is_said_to_ask_nobody(servers) -> None:
    settings = KafkaAdminSettings(kafka=servers.kafka_bootstrap, namespace="n.")
    done = await give_services(settings, {})
    assert not done.asked
    assert Naming("n.").service("alerts") == "User:n.kith-alerts"
