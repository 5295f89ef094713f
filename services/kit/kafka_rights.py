"""Users and rights on Kafka, given and taken away as the registry has it. For jobs and commands.

What is there already stays as it is, and what a principal of Kith's may do beyond the registry is
taken away. Nobody else's rights are looked at.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from services.kit.acls import (
    NO_CHANGE,
    Acl,
    Change,
    Naming,
    agency_acls,
    change,
    service_acls,
    services_of,
)
from services.kit.kafka_admin import KafkaAdmin, NobodyIsAsked, kafka_admin
from services.kit.kafka_security import KafkaAccess
from services.kit.settings import KafkaSettings

_USER = "User:"


class KafkaAdminSettings(KafkaSettings):
    """Where Kafka is and how its principals are called, for whoever gives rights on it."""

    kafka: str = "127.0.0.1:9192"
    """Bootstrap servers, comma separated."""
    namespace: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]+\.)?$")] = ""
    """Prefix of topics, ending in a dot: several stacks on one broker."""
    kafka_acls: bool = True
    """Whether Kith gives rights and users on Kafka. ``false``: somebody else does, by what
    ``kith install acls`` shows."""
    kafka_principal: Annotated[str, Field(pattern=r"^User:.*\{name\}")] = (
        "User:{namespace}kith-{name}"
    )
    """How Kafka calls a service or an agency (``agency-ID``); ``User:CN={name}``, for example,
    where they come with certificates."""

    @property
    def kafka_access(self) -> KafkaAccess:
        """Kafka, as whoever may give rights."""
        return self.reach(self.kafka)

    @property
    def naming(self) -> Naming:
        return Naming(self.namespace, self.kafka_principal)


@dataclass(frozen=True, slots=True)
class Done:
    """``users``: those of whom the password is another now. ``asked``: whether the broker asks for
    rights at all."""

    users: tuple[str, ...] = ()
    change: Change = NO_CHANGE
    asked: bool = True


def user_of(principal: str) -> str:
    """The user whom Kafka calls so."""
    return principal.removeprefix(_USER)


async def give_services(settings: KafkaAdminSettings, passwords: Mapping[str, str]) -> Done:
    """Have each service with a password sign in with it, and every service do what the registry
    says and nothing else."""
    naming = settings.naming
    by_user = {user_of(naming.service(name)): word for name, word in passwords.items()}
    if not settings.kafka_access.sasl:
        by_user = {}  # who comes with a certificate has no password
    async with kafka_admin(settings.kafka_access) as admin:
        users = await admin.set_passwords(settings.kafka_access, by_user)
        principals = {naming.service(name) for name in services_of()}
        return await _align(admin, principals, service_acls(naming), users)


async def give_agency(settings: KafkaAdminSettings, agency_id: str) -> tuple[str, str, Done]:
    """Have an agency write its own topic. Its user and a new password; none where it comes with a
    certificate."""
    naming = settings.naming
    principal = naming.agency(agency_id)
    user, password = user_of(principal), ""
    async with kafka_admin(settings.kafka_access) as admin:
        users: list[str] = []
        if settings.kafka_access.sasl:
            password = secrets.token_urlsafe(32)
            users = await admin.set_passwords(settings.kafka_access, {user: password})
        wanted = agency_acls(naming, agency_id)
        return user, password, await _align(admin, {principal}, wanted, users)


async def take_agency(settings: KafkaAdminSettings, agency_id: str) -> Done:
    """Have an agency write nothing more: at once, connections that are open included."""
    principal = settings.naming.agency(agency_id)
    async with kafka_admin(settings.kafka_access) as admin:
        done = await _align(admin, {principal}, frozenset(), [])
        user = user_of(principal)
        known = settings.kafka_access.sasl and await admin.drop_user(user)
        return Done((user,) if known else (), done.change, done.asked)


async def _align(
    admin: KafkaAdmin, principals: set[str], wanted: frozenset[Acl], users: list[str]
) -> Done:
    try:
        to_do = change(wanted, await admin.acls(principals))
    except NobodyIsAsked:
        return Done(tuple(users), asked=False)
    await admin.alter_acls(to_do.give, to_do.take)
    return Done(tuple(users), to_do)
