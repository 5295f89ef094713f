"""Who may do what on Kafka follows from the registry, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.topics import ALERTS, ALL_TOPICS, ASSESSMENTS, HOUSEHOLDS, SEAL_TOPICS
from services.kit.acls import (
    AUDITOR,
    NO_CHANGE,
    Acl,
    Naming,
    Operation,
    Pattern,
    Resource,
    agency_acls,
    change,
    service_acls,
    services_of,
)

NAMING = Naming()
WHO = [name for name in services_of() if name != AUDITOR]


def topics(service: str, operation: Operation) -> set[str]:
    return {
        acl.name
        for acl in service_acls(NAMING)
        if acl.principal == f"User:kith-{service}"
        and (acl.operation, acl.resource) == (operation, Resource.TOPIC)
        and acl.pattern == Pattern.LITERAL
    }


@pytest.mark.parametrize("service", WHO)
def test_a_service_writes_what_it_produces_and_reads_what_it_consumes(service: str) -> None:
    own_seals = {SEAL_TOPICS[service].name} if service in SEAL_TOPICS else set()
    assert topics(service, Operation.WRITE) == {t.name for t in ALL_TOPICS if t.producer == service}
    consumed = {t.name for t in ALL_TOPICS if service in t.consumers}
    assert topics(service, Operation.READ) == consumed | own_seals


@pytest.mark.parametrize("service", WHO)
def test_a_services_groups_are_those_of_its_name(service: str) -> None:
    groups = [
        acl
        for acl in service_acls(NAMING)
        if acl.principal == f"User:kith-{service}" and acl.resource == Resource.GROUP
    ]
    assert [(acl.name, acl.pattern) for acl in groups] == [(f"{service}.", Pattern.PREFIXED)]


def test_only_agencies_reaches_what_agencies_write_and_makes_their_topics() -> None:
    prefixed = {
        (acl.principal, acl.operation)
        for acl in service_acls(NAMING)
        if acl.resource == Resource.TOPIC and acl.pattern == Pattern.PREFIXED
    }
    reads = {"READ", "CREATE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"}
    assert {who for who, _ in prefixed} == {"User:kith-agencies"}
    assert {Operation(operation).name for _, operation in prefixed} == reads


def test_the_auditor_reads_seals_and_nothing_else() -> None:
    found = {acl for acl in service_acls(NAMING) if acl.principal == "User:kith-auditor"}
    assert {(acl.operation, acl.name) for acl in found} == {
        (Operation.READ, topic.name) for topic in SEAL_TOPICS.values()
    }


def test_nobody_may_do_anything_with_the_cluster_or_delete() -> None:
    for acl in service_acls(NAMING):
        assert acl.resource in set(Resource)
        assert acl.operation in set(Operation)
        assert acl.name


def test_an_agency_writes_its_own_topic_alone() -> None:
    [acl] = agency_acls(NAMING, "wigan-police")
    assert str(acl) == "User:kith-agency-wigan-police write topic agencies.inbound.wigan-police"


def test_a_stack_with_a_namespace_has_principals_topics_and_groups_of_its_own() -> None:
    other = Naming("stage.")
    for acl in service_acls(other) | agency_acls(other, "wigan-police"):
        assert acl.principal.startswith("User:stage.kith-")
        assert acl.name.startswith("stage.")
    stripped = {
        replace(
            acl,
            principal=acl.principal.replace("stage.", ""),
            name=acl.name.removeprefix("stage."),
        )
        for acl in service_acls(other)
    }
    assert stripped == service_acls(NAMING)


def test_principals_are_called_as_the_cluster_calls_them() -> None:
    certificates = Naming(principal="User:CN={name}.kith")
    assert certificates.service("alerts") == "User:CN=alerts.kith"
    assert certificates.agency("wigan-police") == "User:CN=agency-wigan-police.kith"


def test_a_registry_that_names_a_new_consumer_gives_it_that_topic_and_nothing_else() -> None:
    heard = replace(HOUSEHOLDS, consumers=(*HOUSEHOLDS.consumers, "newcomer"))
    registry = [heard if topic is HOUSEHOLDS else topic for topic in ALL_TOPICS]
    new = service_acls(NAMING, registry) - service_acls(NAMING)
    assert {str(acl) for acl in new} == {
        "User:kith-newcomer read topic duplication.households",
        "User:kith-newcomer read group newcomer.*",
    }


def test_what_is_there_stays_and_the_rest_is_given_or_taken() -> None:
    read, write = (
        Acl("User:kith-alerts", operation, Resource.TOPIC, ALERTS.name)
        for operation in (Operation.READ, Operation.WRITE)
    )
    elsewhere = replace(read, name=ASSESSMENTS.name, host="10.0.0.1")
    assert change([read, write], [write, read]) == NO_CHANGE
    found = change([read, write], [write, elsewhere])
    assert (found.give, found.take) == ((read,), (elsewhere,))
