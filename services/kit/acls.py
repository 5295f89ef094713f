"""Who may do what on Kafka, from the registry of topics: nothing else says it.

A service writes the topics it produces, reads those it consumes with groups of its own name, and
can do nothing else; an agency writes its own topic alone. To read or to write implies to describe,
and whoever may write a topic may do so idempotently. Nobody uses transactions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from contracts.topics import ALL_TOPICS, SEAL_TOPICS, Topic, inbound_topic

AUDITOR = "auditor"
"""Whoever compares who looked with the seals that were said (``kith audit``): reads those alone."""


class Operation(IntEnum):
    """As Kafka's protocol numbers them."""

    READ = 3
    WRITE = 4
    CREATE = 5
    DESCRIBE_CONFIGS = 10
    ALTER_CONFIGS = 11


class Resource(IntEnum):
    """What a right is about, as Kafka's protocol numbers it."""

    TOPIC = 2
    GROUP = 3


class Pattern(IntEnum):
    """Whether a right is about one name, or all that begin with it."""

    LITERAL = 3
    PREFIXED = 4


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """One right. Operation, resource and pattern are numbers of the protocol, and ``host`` may be
    one address: a broker may have some that Kith gives nobody."""

    principal: str
    operation: int
    resource: int
    name: str
    pattern: int = Pattern.LITERAL
    host: str = "*"

    def described(self) -> dict[str, str]:
        """In Kafka's own words."""
        return {
            "principal": self.principal,
            "operation": _word(Operation, self.operation).upper(),
            "resource": _word(Resource, self.resource).upper(),
            "name": self.name,
            "pattern": _word(Pattern, self.pattern).upper(),
            "host": self.host,
        }

    def __str__(self) -> str:
        what = f"{_word(Operation, self.operation)} {_word(Resource, self.resource)}"
        return f"{self.principal} {what} {self.name}{'*' * (self.pattern == Pattern.PREFIXED)}"


def _word(kind: type[IntEnum], number: int) -> str:
    return kind(number).name.lower() if number in set(kind) else str(number)


@dataclass(frozen=True, slots=True)
class Naming:
    """How a stack's principals and topics are called. ``principal``: with ``{name}``, and with
    ``{namespace}`` where several stacks are on one broker."""

    namespace: str = ""
    principal: str = "User:{namespace}kith-{name}"

    def service(self, service: str) -> str:
        return self.principal.format(namespace=self.namespace, name=service)

    def agency(self, agency_id: str) -> str:
        """No service is called ``agency-…``."""
        return self.service(f"agency-{agency_id}")


def services_of(topics: Iterable[Topic] = ALL_TOPICS) -> list[str]:
    """Whoever the registry names, and the auditor."""
    named = {who for topic in topics for who in (topic.producer, *topic.consumers)}
    return [*sorted(named), AUDITOR]


def service_acls(naming: Naming, topics: Iterable[Topic] = ALL_TOPICS) -> frozenset[Acl]:
    """What every service may do."""
    found: set[Acl] = set()

    def give(service: str, operation: Operation, name: str, pattern: Pattern) -> None:
        principal = naming.service(service)
        found.add(Acl(principal, operation, Resource.TOPIC, naming.namespace + name, pattern))

    def let_read(service: str, name: str, pattern: Pattern = Pattern.LITERAL) -> None:
        give(service, Operation.READ, name, pattern)
        if service != AUDITOR:  # which reads from the start, in no group
            groups = f"{naming.namespace}{service}."
            principal = naming.service(service)
            found.add(Acl(principal, Operation.READ, Resource.GROUP, groups, Pattern.PREFIXED))

    for topic in topics:
        give(topic.producer, Operation.WRITE, topic.name, Pattern.LITERAL)
        for consumer in topic.consumers:
            let_read(consumer, topic.name)
    for service, topic in SEAL_TOPICS.items():
        let_read(service, topic.name)  # it compares with them what it keeps
        let_read(AUDITOR, topic.name)
    every_agency = inbound_topic("")
    for consumer in every_agency.consumers:
        let_read(consumer, every_agency.name, Pattern.PREFIXED)
        # It makes the topic of an agency that begins to write, and keeps it as it has to be.
        for operation in (Operation.CREATE, Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS):
            give(consumer, operation, every_agency.name, Pattern.PREFIXED)
    return frozenset(found)


def agency_acls(naming: Naming, agency_id: str) -> frozenset[Acl]:
    """What one agency may do: write to its own topic."""
    name = naming.namespace + inbound_topic(agency_id).name
    return frozenset({Acl(naming.agency(agency_id), Operation.WRITE, Resource.TOPIC, name)})


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be given and what to be taken away, so that what is becomes what has to be."""

    give: tuple[Acl, ...]
    take: tuple[Acl, ...]


NO_CHANGE = Change((), ())


def change(wanted: Iterable[Acl], found: Iterable[Acl]) -> Change:
    """``found``: what the principals in question may do now."""
    wanted, found = frozenset(wanted), frozenset(found)
    return Change(tuple(sorted(wanted - found)), tuple(sorted(found - wanted)))
