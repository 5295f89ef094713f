"""The agencies' HTTP API, version 1. An agency sends and sees its own, and nothing else."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.agencies import store
from services.agencies.callers import CallingAgency, only_known_parameters
from services.agencies.erasing import refuse_erased, refuse_erased_reference
from services.agencies.posting import Posting, href
from services.agencies.settings import AgenciesSettings
from services.agencies.shown import (
    AssessmentPage,
    AssessmentWithHistory,
    OutcomePage,
    Receipt,
    Receipts,
    RejectionPage,
    Status,
    answers,
)
from services.kit.app import Service
from services.kit.db import Row
from services.kit.errors import Problem

_Limit = Annotated[int, Query(ge=1, le=500)]
_Cursor = Annotated[str, Query(pattern=r"^[0-9]{1,18}$")]


def _shown(row: Row) -> dict[str, Any]:
    return dict(row) | {"href": href(row["assessment_id"])}


def agency_api(service: Service, settings: AgenciesSettings) -> APIRouter:
    """The routes. Every one asks for an agency's credential."""
    router = APIRouter(
        prefix="/v1", tags=["assessments"], dependencies=[Depends(only_known_parameters)]
    )
    posting = Posting(service, settings.body_limit)

    @router.post(
        "/assessments",
        status_code=HTTPStatus.ACCEPTED,
        response_model=None,
        responses=answers(
            Receipt | Receipts,
            HTTPStatus.ACCEPTED,
            "Taken in: Kith will not lose it. For several, one receipt each, in their order.",
        ),
    )
    async def post_assessments(request: Request, agency: CallingAgency) -> Response:
        """Take in one assessment, or up to 1,000: all of them or none.

        The body is one assessment, a list of them, or `{"assessments": [...]}`. The same reference
        twice is the same assessment: send again whenever you are not sure.
        """
        return await posting.answer(request, agency)

    @router.get("/assessments", response_model=None, responses=answers(AssessmentPage))
    async def list_assessments(
        agency: CallingAgency,
        reference: Annotated[str | None, Query(max_length=64)] = None,
        status: Status | None = None,
        after: UUID | None = None,
        limit: _Limit = 100,
    ) -> dict[str, Any]:
        """The agency's own assessments, oldest first. ``next``: what to pass as ``after``."""
        rows = await store.list_assessments(
            service.pool, agency.id, reference=reference, status=status, after=after, limit=limit
        )
        if reference is not None and not rows:
            await refuse_erased_reference(service.pool, agency.id, reference)
        last = rows[-1]["assessment_id"] if len(rows) == limit else None
        return {"assessments": [_shown(row) for row in rows], "next": last}

    @router.get(
        "/assessments/{assessment_id}",
        response_model=None,
        responses=answers(AssessmentWithHistory),
    )
    async def get_assessment(assessment_id: UUID, agency: CallingAgency) -> dict[str, Any]:
        """One assessment and what became of it, with every statement made about it."""
        row = await store.find_assessment(service.pool, agency.id, assessment_id)
        if row is None:
            await refuse_erased(service.pool, agency.id, assessment_id)
            raise Problem(HTTPStatus.NOT_FOUND, "Your agency has no assessment with this id.")
        history = await store.find_history(service.pool, assessment_id)
        return _shown(row) | {"history": [dict(statement) for statement in history]}

    @router.get("/outcomes", response_model=None, responses=answers(OutcomePage))
    async def list_outcomes(
        agency: CallingAgency, after: _Cursor = "0", limit: _Limit = 100
    ) -> dict[str, Any]:
        """What the agency was told since ``after``, in order; ``next``: the cursor to ask with."""
        rows = await store.list_statements(service.pool, agency.id, int(after), limit)
        outcomes = [_shown(row) for row in rows]
        last = str(rows[-1]["sequence"]) if rows else after
        for outcome in outcomes:
            del outcome["sequence"]
        return {"outcomes": outcomes, "next": last}

    @router.get("/rejections", response_model=None, responses=answers(RejectionPage))
    async def list_rejections(
        agency: CallingAgency, after: _Cursor = "0", limit: _Limit = 100
    ) -> dict[str, Any]:
        """What was refused on the agency's own topic, by field and rule."""
        rows = await store.list_rejections(service.pool, agency.id, int(after), limit)
        last = str(rows[-1]["rejection_id"]) if rows else after
        return {"rejections": [dict(row) for row in rows], "next": last}

    return router
