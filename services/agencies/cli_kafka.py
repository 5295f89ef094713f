"""``kith agency``'s part on Kafka: an agency's user there, and its right to its own topic."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from aiokafka.errors import KafkaError

from services.kit.kafka_rights import KafkaAdminSettings, give_agency, take_agency, user_of
from services.kit.kafka_security import kafka_words
from services.kit.settings import read_settings

T = TypeVar("T")


def give(agency_id: str) -> None:
    """Give the agency a user and its right, and show them. Exit code 1 where that is refused."""
    settings = read_settings(KafkaAdminSettings)
    if settings.kafka_security == "PLAINTEXT":
        return  # nobody is asked who they are
    topic = f"{settings.namespace}agencies.inbound.{agency_id}"
    principal = settings.naming.agency(agency_id)
    if not settings.kafka_acls:
        typer.echo(
            f"KITH_KAFKA_ACLS is false: have {principal} be given WRITE on the topic {topic}.",
            err=True,
        )
        return
    user, password, _ = _do(give_agency(settings, agency_id), settings, agency_id)
    if not password:
        typer.echo(f"May write to {topic} with a certificate that is {principal}.", err=True)
        return
    typer.echo(
        f"The agency's user and password on Kafka, where it may write to {topic}. They are shown"
        " this once; give them to nobody else:",
        err=True,
    )
    typer.echo(f"{user}\n{password}")


def take(agency_id: str) -> None:
    """Take both away. Exit code 1 where that is refused."""
    settings = read_settings(KafkaAdminSettings)
    principal = settings.naming.agency(agency_id)
    if settings.kafka_security == "PLAINTEXT" or not settings.kafka_acls:
        typer.echo(f"Have {principal} lose what it may do on Kafka: Kith gives nothing there.")
        return
    _do(take_agency(settings, agency_id), settings, agency_id)
    typer.echo(f"{user_of(principal)} may do nothing on Kafka any more.")


def _do(work: Coroutine[Any, Any, T], settings: KafkaAdminSettings, agency_id: str) -> T:
    try:
        return asyncio.run(work)
    except (KafkaError, OSError) as error:
        words = asyncio.run(kafka_words(settings.kafka_access, error))
        typer.echo(
            f"{agency_id} is registered, and nothing was changed on Kafka: {words}. It takes the"
            " credential of whoever may give rights there; then run 'kith agency kafka"
            f" {agency_id}', or 'kith agency revoke --kafka {agency_id}' to take them away.",
            err=True,
        )
        raise typer.Exit(1) from None
