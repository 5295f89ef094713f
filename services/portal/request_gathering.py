"""Everything held about one person, asked of every service that holds any of it.

Invariant: all of it or nothing. Where one service does not answer, refuses, or holds less than
another says there is, there is nothing to make a copy from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.portal.answers_request import (
    Alerts,
    Candidates,
    Exported,
    Kept,
    Matched,
    OnRecord,
    Sent,
)
from services.portal.sources import Caller, Refused

PURPOSE = "subject-access"
"""Why each service is asked: it is kept there, with who asked."""


class NotWhole(Exception):
    """What the services hold does not fit together: no copy can be made. ``str()``: what to do."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What each service holds about one person. ``matched`` is duplication's, ``sent`` agencies',
    ``kept`` keyworkers', ``alerts`` alerts'; the last three None where there is no record of the
    person that a copy may cover."""

    matched: Matched
    sent: Sent | None = None
    kept: Kept | None = None
    alerts: Alerts | None = None


async def find_people(caller: Caller, given: Mapping[str, Any]) -> Candidates:
    """Who may be meant. Raises :class:`Unavailable`, :class:`Refused`."""
    return await caller.ask(Candidates, "duplication", "/v1/subject-access/find", given)


async def gather(caller: Caller, person_id: str) -> Gathered:
    """What is held about a person. Raises :class:`Unavailable`, :class:`Refused`,
    :class:`NotWhole`."""
    matched = await caller.ask(
        Matched, "duplication", "/v1/subject-access", {"person_id": person_id}
    )
    if not matched.records:
        return Gathered(matched)
    ids = [record.assessment_id for record in matched.records]
    homes = list(dict.fromkeys(spell.household_id for spell in matched.households))
    sent, kept, alerts = await asyncio.gather(
        caller.ask(
            Sent,
            "agencies",
            "/internal/subject-access",
            {
                "records": [
                    {"assessment_id": one.assessment_id, "position": one.position}
                    for one in matched.records
                ]
            },
        ),
        caller.ask(
            Kept,
            "keyworkers",
            "/v1/subject-access",
            {
                "place_id": matched.place_id,
                "households": [
                    {
                        "household_id": spell.household_id,
                        "since": spell.since.isoformat(),
                        "until": spell.until.isoformat() if spell.until else None,
                    }
                    for spell in matched.households
                ],
                "assessment_ids": ids,
            },
        ),
        caller.ask(
            Alerts,
            "alerts",
            "/v1/subject-access",
            {"household_ids": homes, "assessment_ids": ids},
        ),
    )
    if {one.assessment_id for one in sent.assessments} != set(ids):
        raise NotWhole(
            "Agencies hold less than matching knows of, so the copy would not be whole. Tell the "
            "operations team, and try again."
        )
    return Gathered(matched, sent, kept, alerts)


async def keep(caller: Caller, body: Mapping[str, Any]) -> OnRecord:
    """Have it on record that a copy leaves. Only then it may. Raises as :func:`gather`."""
    return await caller.ask(OnRecord, "duplication", "/v1/subject-access/exports", body)


async def list_copies(caller: Caller) -> tuple[Exported, ...]:
    """The copies that left, the last first. Raises as :func:`gather`."""
    path = "/v1/subject-access/exports"
    return await caller.read(tuple[Exported, ...], "duplication", path)


async def find_assessment(caller: Caller, agency_id: str, reference: str) -> str | None:
    """The assessment that an agency sent under its reference. Raises as :func:`gather`."""
    asked = {"agency_id": agency_id, "reference": reference}
    try:
        found = await caller.ask(dict[str, Any], "agencies", "/internal/assessments/find", asked)
    except Refused:
        return None
    id_ = found.get("assessment_id")
    return str(id_) if id_ else None
