"""Giving rights and users on Kafka, by the credential of whoever may: jobs and commands alone.

aiokafka's admin client has the protocol's requests about ACLs and no calls for them, and nothing
about users: :class:`_AlterUsers` is that one request, as the protocol has it (KIP-554).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from services.kit.acls import Acl
from services.kit.kafka_security import KafkaAccess, explain

_ANY = 1
_ALLOW = 3
_SECURITY_DISABLED = 54
_RESOURCE_NOT_FOUND = 91
_SCRAM_SHA_512 = 2
_ITERATIONS = 4096
"""The least that Kafka takes: passwords here are random, so that nobody tries them out, and the
client pays for them with every connection."""
_KNOWN_SECONDS = 30.0
_PAUSE_SECONDS = 0.02


class NobodyIsAsked(Exception):
    """The broker has no authorizer: everybody may do everything."""


class _AlterUsersResponse(Response):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterUsersStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _AlterUsersResponse
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(
                ("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)
            ),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterUsers(Request[_AlterUsersStruct]):  # type: ignore[misc]
    """``AlterUserScramCredentials``."""

    API_KEY = 51

    def __init__(self, delete: Iterable[str] = (), set_: Iterable[tuple[str, str]] = ()) -> None:
        self._delete: list[tuple[str, int, dict[int, bytes]]] = [
            (user, _SCRAM_SHA_512, {}) for user in delete
        ]
        self._set = [_upsertion(user, password) for user, password in set_]

    def build(self, request_struct_class: type[_AlterUsersStruct]) -> _AlterUsersStruct:
        return request_struct_class(self._delete, self._set, {})


def _upsertion(user: str, password: str) -> tuple[str, int, int, bytes, bytes, dict[int, bytes]]:
    salt = os.urandom(32)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return (user, _SCRAM_SHA_512, _ITERATIONS, salt, salted, {})


class KafkaAdmin(AIOKafkaAdminClient):  # type: ignore[misc]
    """Whoever may give rights and users. Each call returns once the broker acts by it."""

    async def acls(self, principals: Iterable[str]) -> set[Acl]:
        """What these may do. Raises :class:`NobodyIsAsked`."""
        every = DescribeAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY)
        answer = (await self._send_request(every)).to_object()
        if answer["error_code"] == _SECURITY_DISABLED:
            raise NobodyIsAsked
        _raise(answer["error_code"], "rights could not be read")
        wanted = frozenset(principals)
        return {
            Acl(
                acl["principal"],
                acl["operation"],
                found["resource_type"],
                found["resource_name"],
                found["resource_pattern_type"],
                acl["host"],
            )
            for found in answer["resources"]
            for acl in found["acls"]
            if acl["principal"] in wanted and acl["permission_type"] == _ALLOW
        }

    async def alter_acls(self, give: Sequence[Acl], take: Sequence[Acl]) -> None:
        """Give these rights and take those away."""
        answers = await asyncio.gather(
            *(self._send_request(CreateAclsRequest(*_row(acl))) for acl in give)
        )
        for answer in answers:
            for code, _ in answer.creation_responses:
                _raise(code, "a right could not be given")
        answers = await asyncio.gather(
            *(self._send_request(DeleteAclsRequest(*_row(acl))) for acl in take)
        )
        for answer in answers:
            for response in answer.filter_responses:
                _raise(response[0], "a right could not be taken away")
        given, taken = set(give), set(take)
        principals = {acl.principal for acl in given | taken}
        async with asyncio.timeout(_KNOWN_SECONDS):
            while principals:
                found = await self.acls(principals)
                if given <= found and not taken & found:
                    break
                await asyncio.sleep(_PAUSE_SECONDS)

    async def set_passwords(self, listener: KafkaAccess, passwords: dict[str, str]) -> list[str]:
        """Have each user sign in with that password by SCRAM-SHA-512; the users of whom that was
        not so. ``listener``: where they sign in."""
        as_them = {
            user: replace(
                listener,
                mechanism="SCRAM-SHA-512",
                user=user,
                password=password,
                password_file=None,
            )
            for user, password in passwords.items()
        }
        refused = await asyncio.gather(*map(explain, as_them.values()))
        changed = [user for user, why in zip(as_them, refused, strict=True) if why]
        if not changed:
            return []
        await self._alter_users(_AlterUsers(set_=[(user, passwords[user]) for user in changed]))

        async def known(user: str) -> None:
            while await explain(as_them[user]):  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE_SECONDS)

        async with asyncio.timeout(_KNOWN_SECONDS):
            await asyncio.gather(*map(known, changed))
        return changed

    async def drop_user(self, user: str) -> bool:
        """Have nobody sign in by that name; False where nobody could. Connections that are open
        stay open: what they may do is for :meth:`alter_acls` to take away."""
        return await self._alter_users(_AlterUsers(delete=[user]))

    async def _alter_users(self, request: _AlterUsers) -> bool:
        answer = await self._send_request(request)
        known = True
        for _, code, *_ in answer.results:
            if code == _RESOURCE_NOT_FOUND:
                known = False
            else:
                _raise(code, "a user could not be changed")
        return known


@asynccontextmanager
async def kafka_admin(access: KafkaAccess) -> AsyncIterator[KafkaAdmin]:
    """Connected as whoever may."""
    admin = KafkaAdmin(**access.client())
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


def _row(acl: Acl) -> tuple[int, str, int, str, str, int, int]:
    where = (acl.resource, acl.name, acl.pattern)
    return (*where, acl.principal, acl.host, acl.operation, _ALLOW)


def _raise(code: int, what: str) -> None:
    if code:
        raise for_code(code)(what)
