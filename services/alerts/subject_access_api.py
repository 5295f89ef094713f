"""Whom alerts told of the assessments that name a person, for a privacy officer who answers their
request.

Named is who was told of a household the person was in. That somebody else was asked whether they
know the person is said too, and not whom: whose household it might have been is not the person's.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary_alerts import OF_LIFTINGS, AlertKind, RecipientKind
from services.alerts.store_subject_access import find_alerts_about
from services.kit.access import find_hidden
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.officers import find_offices, not_an_officer


class Wanted(BaseModel):
    """The assessments that name one person, and the households they were in: matching knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    household_ids: Annotated[tuple[UUID, ...], Field(max_length=500)]
    assessment_ids: Annotated[tuple[UUID, ...], Field(max_length=1000)]


class ToldView(BaseModel):
    """Somebody who was told. ``name``: None where it is not the person's to know."""

    kind: RecipientKind
    name: str | None
    role: str | None
    at: datetime


class AlertView(BaseModel):
    """One alert about an assessment: who was told of it, in turn, and what became of it."""

    assessment_id: UUID
    kind: AlertKind
    told: tuple[ToldView, ...]
    acknowledged_at: datetime | None
    answer: str | None
    withdrawn_at: datetime | None


class HeldView(BaseModel):
    """The first first."""

    alerts: tuple[AlertView, ...]


def create_subject_access_routes(service: Service) -> APIRouter:
    """The route under ``/v1``."""
    router = APIRouter(prefix="/v1", tags=["subject access"])

    @router.post("/subject-access")
    async def hold(actor: CallingActor, wanted: Wanted) -> HeldView:
        """All of it, or none: Problem 403 where one household may not be shown."""
        async with service.pool.acquire() as connection:
            offices = await find_offices(connection, actor.id)
            if not offices:
                raise not_an_officer()
            now = service.clock()
            if await find_hidden(connection, actor.id, wanted.household_ids, now):
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    "One of these households is restricted, and you are not on its list.",
                )
            rows = await find_alerts_about(connection, wanted.assessment_ids, OF_LIFTINGS)
        theirs = set(wanted.household_ids)
        return HeldView(
            alerts=tuple(_view(row, theirs) for row in rows if row["place_id"] in offices)
        )

    return router


def _view(row: Row, theirs: Collection[UUID]) -> AlertView:
    named = row["household_id"] in theirs
    told = [(row["recipient"], row["raised_at"])]
    told += [(step["recipient"], step["escalated_at"]) for step in row["escalations"]]
    return AlertView(
        assessment_id=row["assessment_id"],
        kind=row["kind"],
        told=tuple(_told(recipient, at, named=named) for recipient, at in told),
        acknowledged_at=row["acknowledged_at"],
        answer=row["answer"] if named else None,
        withdrawn_at=row["withdrawn_at"],
    )


def _told(recipient: dict[str, Any], at: datetime, *, named: bool) -> ToldView:
    contact = recipient["contact"] if named else {}
    return ToldView(
        kind=recipient["kind"], name=contact.get("name"), role=contact.get("role"), at=at
    )
