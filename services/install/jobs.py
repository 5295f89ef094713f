"""The jobs: roles with schemas and migrations, topics, a place with its agencies; and filling the
log of a broker that lost its data. Each may be repeated."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from aiokafka.errors import ClusterAuthorizationFailedError, TopicAuthorizationFailedError

from contracts.topics import ALL_TOPICS
from services.agencies.registry import give_credentials
from services.install.settings import InstallSettings
from services.keyworkers.loading import load_place
from services.kit.db import migrate, missing_migrations, provision
from services.kit.errors import is_infrastructure
from services.kit.kafka_rights import Done, give_services
from services.kit.kafka_security import barred, kafka_words
from services.kit.outbox import send_again
from services.kit.parked import forget_offsets
from services.kit.topics import create_topics, missing_topics
from services.kit.work import command_work
from services.local.settings import SERVICES, WITHOUT_DATABASE

T = TypeVar("T")
WITH_DATABASE = tuple(name for name in SERVICES if name not in WITHOUT_DATABASE)
_PAUSE_SECONDS = 1.0
_NOT_ALLOWED = (ClusterAuthorizationFailedError, TopicAuthorizationFailedError)


class CannotInstall(Exception):
    """One sentence: what is wrong and what to do about it."""


async def prepare_schemas(settings: InstallSettings) -> dict[str, list[str]]:
    """A role, a schema and its migrations for each service; the migrations that were new."""
    admin = _require(settings.postgres, "KITH_POSTGRES")
    applied = {}
    for service in WITH_DATABASE:
        dsn = _require(settings.dsn(service), f"KITH_POSTGRES_{service.upper()}")
        login = urlsplit(dsn)
        if login.username != f"kith_{service}":
            raise CannotInstall(
                f"KITH_POSTGRES_{service.upper()} is of the role {login.username}:"
                f" it has to be kith_{service}."
            )
        password = unquote(login.password) if login.password else None
        await _patiently(lambda s=service, p=password: provision(admin, s, p), settings)  # type: ignore[misc]
        applied[service] = await migrate(dsn, service)
    return applied


async def prepare_topics(settings: InstallSettings) -> list[str]:
    """The registry's topics; those that were new."""
    with _whoever_may(settings, "make topics (CREATE and DESCRIBE)"):
        return await _patiently(
            lambda: create_topics(
                settings.kafka_access, ALL_TOPICS, settings.namespace, settings.replication
            ),
            settings,
            lambda: barred(settings.kafka_access),
        )


async def prepare_rights(settings: InstallSettings) -> Done | None:
    """Each service's user, and its rights as the registry has them; what that changed. None where
    somebody else gives them."""
    if not settings.kafka_acls:
        return None
    with _whoever_may(settings, "give rights and users (ALTER and DESCRIBE on the cluster)"):
        return await _patiently(
            lambda: give_services(settings, settings.kafka_passwords()),
            settings,
            lambda: barred(settings.kafka_access),
        )


@contextmanager
def _whoever_may(settings: InstallSettings, what: str) -> Iterator[None]:
    try:
        yield
    except _NOT_ALLOWED:
        raise CannotInstall(
            f"Kafka lets {settings.kafka_user or 'this process'} in, and it may not {what}: take"
            " the credential of whoever may. Where somebody else gives rights, by what 'kith"
            " install acls' shows, set KITH_KAFKA_ACLS=false."
        ) from None


async def wait_for(jobs: Sequence[str], settings: InstallSettings) -> None:
    """Until the work of these jobs (``schemas``, ``topics``) is there, as this release needs it.

    ``schemas``: of the services whose DSN is given. Raises :class:`CannotInstall`, naming what is
    still missing, when patience ends.
    """
    deadline = time.monotonic() + settings.patience_seconds
    while missing := [one for job in jobs for one in await _missing(job, settings)]:
        if time.monotonic() > deadline:
            raise CannotInstall(f"Still missing: {', '.join(missing)}. Has the job run?")
        await asyncio.sleep(_PAUSE_SECONDS)


async def _missing(job: str, settings: InstallSettings) -> list[str]:
    try:
        if job == "topics":
            return await missing_topics(settings.kafka_access, ALL_TOPICS, settings.namespace)
        given = [service for service in WITH_DATABASE if settings.dsn(service)]
        if not given:
            raise CannotInstall("No KITH_POSTGRES_<SERVICE> (or …_FILE) is set: give a DSN.")
        missing = [(s, await missing_migrations(settings.dsn(s), s)) for s in given]
        return [f"{len(names)} migrations of {service}" for service, names in missing if names]
    except Exception as error:
        if not is_infrastructure(error):
            raise
        # Its class and not its words: they may quote a DSN.
        said = type(error).__name__
        if job == "topics":
            said = await kafka_words(settings.kafka_access, error)
        return [f"{job} ({said})"]


async def load(settings: InstallSettings) -> tuple[int, int]:
    """Put the place in force, register its agencies. The place's version; agencies given a
    credential."""
    if settings.place_folder is None:
        raise CannotInstall("KITH_PLACE_FOLDER is not set: name the place's folder.")
    place, agencies = (settings.place_folder / f for f in ("place.json", "agencies.json"))
    for file in (place, agencies):
        if not file.is_file():
            raise CannotInstall(f"{file} is missing: KITH_PLACE_FOLDER has to name its folder.")
    version = await load_place(
        _require(settings.postgres_keyworkers, "KITH_POSTGRES_KEYWORKERS"), place
    )
    credentials = _read_credentials(settings.credentials) if settings.credentials else {}
    dsn = _require(settings.postgres_agencies, "KITH_POSTGRES_AGENCIES")
    try:
        return version, await give_credentials(dsn, agencies, credentials)
    except ValueError as error:
        raise CannotInstall(f"{settings.credentials}: {error}.") from None


async def rebuild_log(settings: InstallSettings) -> dict[str, int]:
    """After the broker lost its data: have each service send again what it keeps. How many events
    each will send when it runs. Consumers drop what they have seen."""
    again = {}
    for service in WITH_DATABASE:
        dsn = _require(settings.dsn(service), f"KITH_POSTGRES_{service.upper()}")
        async with command_work(service, dsn) as work:
            events = await send_again(work.connection, service)
            if events is None:
                raise CannotInstall(
                    f"{service} is running: stop every service first, and start them afterwards."
                )
            await forget_offsets(work.connection)
            again[service] = events
    return again


def _read_credentials(file: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        raise CannotInstall(f"{file} is not JSON of agency id to credential.") from None
    return found


def _require(value: str, name: str) -> str:
    if not value:
        raise CannotInstall(f"{name} (or {name}_FILE) is not set: give the DSN.")
    return value


async def _never() -> None:
    return None


async def _patiently(
    attempt: Callable[[], Awaitable[T]],
    settings: InstallSettings,
    hopeless: Callable[[], Awaitable[str | None]] = _never,
) -> T:
    """Try again while a server does not answer yet. ``hopeless``: why it never will, if so."""
    deadline = time.monotonic() + settings.patience_seconds
    while True:
        try:
            return await attempt()
        except Exception as error:
            passing = is_infrastructure(error) and not isinstance(error, _NOT_ALLOWED)
            if not passing or time.monotonic() > deadline:
                raise
            if why := await hopeless():
                raise CannotInstall(f"Kafka does not let the job in: {why}.") from None
            await asyncio.sleep(_PAUSE_SECONDS)
