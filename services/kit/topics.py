"""Topics on the broker: made as the registry has them, and cut so that they forget when they say.

Kafka deletes by time whole segments of a partition's file, once the last record in one is older
than ``retention.ms``; a segment is closed by the first record that comes more than ``segment.ms``
after its own first. As long as records come, the oldest is therefore kept for both together, which
by Kafka's default of seven days is a fortnight: topics with personal data are cut more often. The
last segment goes as well once all of it is that old, whether or not anything comes after it.

Measured on 4.3.1, with 4 s of retention and a record every half second: cut every second, the first
was gone after 6 s; with the default, none after 20 s; a lone record after 6 s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

from contracts.topics import Topic
from services.kit.kafka_security import KafkaAccess

_LISTED_SECONDS = 30.0
_LISTED_PAUSE_SECONDS = 0.01
_TOPIC = 2
_SET = 0
_LONGEST_SEGMENT = timedelta(days=1)


def segment_of(topic: Topic) -> timedelta:
    """How long a topic with personal data writes to one segment: beyond its retention a record is
    kept for at most that long, and the broker's own interval of looking (minutes)."""
    return min(topic.retention / 10, _LONGEST_SEGMENT)


def _forgetting(topic: Topic) -> dict[str, str]:
    """Settings by which records go when the registry says."""
    found = {"retention.ms": _milliseconds(topic.retention)}
    if topic.personal_data:
        found["segment.ms"] = _milliseconds(segment_of(topic))
    return found


def _milliseconds(time: timedelta) -> str:
    return str(int(time.total_seconds() * 1000))


class _IncrementalAlterConfigsResponse(Response):  # type: ignore[misc]
    API_KEY: ClassVar[int] = 44
    API_VERSION: ClassVar[int] = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "resources",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class _IncrementalAlterConfigsRequest(RequestStruct):  # type: ignore[misc]
    API_KEY: ClassVar[int] = 44
    API_VERSION: ClassVar[int] = 0
    RESPONSE_TYPE = _IncrementalAlterConfigsResponse
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                (
                    "configs",
                    Array(
                        ("name", String("utf-8")),
                        ("operation", Int8),
                        ("value", String("utf-8")),
                    ),
                ),
            ),
        ),
        ("validate_only", Boolean),
    )


class _IncrementalAlterConfigs(Request[_IncrementalAlterConfigsRequest]):  # type: ignore[misc]
    """Set some of a topic's settings. aiokafka has only the request that forgets all others."""

    API_KEY: ClassVar[int] = 44

    def __init__(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        self._resources = [
            (_TOPIC, name, [(key, _SET, value) for key, value in values.items()])
            for name, values in settings.items()
        ]

    def build(
        self, request_struct_class: type[_IncrementalAlterConfigsRequest]
    ) -> _IncrementalAlterConfigsRequest:
        validate_only = False
        return request_struct_class(self._resources, validate_only)


class _Admin(AIOKafkaAdminClient):  # type: ignore[misc]
    """Asks for the topics it is about: to list them all is work for each that the broker has."""

    async def known(self, names: Iterable[str]) -> set[str]:
        """Those of the topics that the broker knows. Asking creates none, whatever its settings."""
        return {name for name, code in (await self.codes(names)).items() if not code}

    async def codes(self, names: Iterable[str]) -> dict[str, int]:
        """By topic: what the broker says of it; 0 where it knows it."""
        answer = await self._send_request(
            MetadataRequest(sorted(names), allow_auto_topic_creation=False)
        )
        return {topic["topic"]: topic["error_code"] for topic in answer.to_object()["topics"]}

    async def settings(
        self, names: Iterable[str], keys: Sequence[str]
    ) -> dict[str, dict[str, str]]:
        """By topic: what those settings are, whoever set them."""
        wanted = dict.fromkeys(keys)
        answers = await self.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name in names]
        )
        found: dict[str, dict[str, str]] = {}
        for answer in answers:
            for code, _, _, name, entries in answer.resources:
                _raise(code, f"the settings of topic {name} cannot be read")
                found[name] = {entry[0]: entry[1] for entry in entries}
        return found

    async def set(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        """Change these settings of these topics, and no others."""
        answer: Any = await self._send_request(_IncrementalAlterConfigs(settings))
        for code, _, _, name in answer.resources:
            _raise(code, f"topic {name} cannot be set so: {dict(settings[name])}")


def _raise(code: int, what: str) -> None:
    if code:
        kind: type[KafkaError] = for_code(code)
        raise kind(what)


async def missing_topics(
    access: KafkaAccess, topics: Iterable[Topic], namespace: str = ""
) -> list[str]:
    """Those of the registry's topics that the broker does not know yet, by their full names. Of a
    broker that says who may see what: of those that this process may see, once it sees any."""
    names = [namespace + topic.name for topic in topics]
    admin = _Admin(**access.client())
    await admin.start()
    try:
        codes = await admin.codes(names)
    finally:
        await admin.close()
    if 0 not in codes.values():
        return names
    return [name for name in names if codes[name] not in {0, TopicAuthorizationFailedError.errno}]


async def create_topics(
    access: KafkaAccess, topics: Iterable[Topic], namespace: str = "", replication: int = 1
) -> list[str]:
    """Create the registry's topics that do not exist, and have those with personal data that do
    forget when they say. The full names of those this call made.

    It returns once the broker lists them all: a topic is made by the controller, and a broker hears
    of it a moment later. Raises :class:`TimeoutError` when that takes half a minute.
    """
    admin = _Admin(**access.client())
    await admin.start()
    try:
        topics = list(topics)
        existing = await admin.known(namespace + topic.name for topic in topics)
        made = await _create(
            admin, [t for t in topics if namespace + t.name not in existing], namespace, replication
        )
        await _cut_more_often(
            admin, [t for t in topics if namespace + t.name in existing], namespace
        )
        return made
    finally:
        await admin.close()


async def _create(
    admin: _Admin, wanted: Sequence[Topic], namespace: str, replication: int
) -> list[str]:
    if not wanted:
        return []
    answer = await admin.create_topics(
        [
            NewTopic(
                namespace + topic.name,
                num_partitions=topic.partitions,
                replication_factor=replication,
                topic_configs=_forgetting(topic)
                | {
                    "cleanup.policy": "delete",
                    "min.insync.replicas": "1" if replication < 3 else "2",
                },
            )
            for topic in wanted
        ]
    )
    for name, code, *_ in answer.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise for_code(code)(f"topic {name} could not be created")
    names = {namespace + topic.name for topic in wanted}
    async with asyncio.timeout(_LISTED_SECONDS):
        while True:
            if names <= await admin.known(names):
                break
            await asyncio.sleep(_LISTED_PAUSE_SECONDS)
    return [name for name, code, *_ in answer.topic_errors if not code]


async def _cut_more_often(admin: _Admin, topics: Sequence[Topic], namespace: str) -> None:
    """Topics that were made before they were cut so often, or by hand. A segment that is shorter,
    and a retention that an operator has changed, stay as they are."""
    longest = {namespace + t.name: segment_of(t) for t in topics if t.personal_data}
    if not longest:
        return
    now = await admin.settings(longest, ["segment.ms"])
    change = {
        name: {"segment.ms": _milliseconds(most)}
        for name, most in longest.items()
        if int(now[name]["segment.ms"]) > int(_milliseconds(most))
    }
    if change:
        await admin.set(change)
