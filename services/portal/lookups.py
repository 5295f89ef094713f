"""Look-ups that several pages need: what households are called, and what agencies recorded."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from services.portal.answers import Agencies, Assessed, Assessment, Assessments, Place
from services.portal.answers_looks import FoundHouseholds
from services.portal.answers_matching import Household
from services.portal.sources import Caller, Part, Refused, Unavailable, settle

_MOST_ASSESSMENTS = 200
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE = re.compile("[0-9a-f]{12}")
RESTRICTED = "A restricted household"
NOT_SHOWN = "A household not shown to you"
"""What a household is called that is not restricted, to whoever has a conflict of interest."""


async def find_labels(caller: Caller, ids: Collection[str]) -> Part[dict[str, Household]]:
    """What the households are called, by id; or none of it, and why."""
    if not ids:
        return Part({})
    asked = {"ids": ",".join(sorted(ids))}
    found = await settle(
        caller.read(tuple[Household, ...], "duplication", "/v1/households", asked), ()
    )
    return Part({household.id: household for household in found.value}, found.missing)


async def load_labels(caller: Caller, ids: Collection[str]) -> dict[str, Household]:
    """The same where a page goes without. Those that cannot be had are left out."""
    return (await find_labels(caller, ids)).value


async def find_households(caller: Caller, named: str) -> tuple[str, ...]:
    """The households that a privacy officer may mean: by a reference, or by an id of theirs or an
    assessment's, as it stands in a page's address. Asked by POST, and recorded."""
    if id_ := ID.search(named):
        body = {"id": id_[0]}
    elif reference := _REFERENCE.fullmatch(named):
        body = {"reference": reference[0]}
    else:
        return ()
    found = await caller.ask(FoundHouseholds, "duplication", "/v1/looks/find", body)
    return found.household_ids


async def load_assessments(caller: Caller, ids: Sequence[str]) -> list[Assessment]:
    """What agencies recorded, at most the last 200. Every such look is audited there.

    Raises :class:`Unavailable`.
    """
    if not ids:
        return []
    asked = ",".join(ids[-_MOST_ASSESSMENTS:])
    found = await caller.read(Assessments, "agencies", "/internal/assessments", {"ids": asked})
    return list(found.assessments)


async def load_alias(caller: Caller) -> str | None:
    """What the place calls a key worker as well; None where it has no other name, or cannot say."""
    try:
        places = await caller.read(tuple[Place, ...], "keyworkers", "/v1/places")
    except (Unavailable, Refused):
        return None
    return next((place.key_worker_alias for place in places if place.key_worker_alias), None)


async def load_agency_names(caller: Caller) -> dict[str, str]:
    """What agencies are called, by id; nothing where that cannot be had."""
    try:
        found = await caller.read(Agencies, "agencies", "/internal/agencies")
    except (Unavailable, Refused):
        return {}
    return {agency.agency_id: agency.name for agency in found.agencies}


async def find_by_reference(caller: Caller, agency_id: str, reference: str) -> str | None:
    """The id of the assessment that the agency sent under ``reference``; None if there is none.

    Raises :class:`Unavailable`.
    """
    asked = {"agency_id": agency_id, "reference": reference}
    found = await caller.ask(Assessed, "agencies", "/internal/assessments/find", asked)
    return found.assessment_id


def household_name(household: Household | None) -> str:
    """What a list calls the household: by its family names, if they are known and may be told."""
    if household is None:
        return "A household"
    if household.restricted:
        return RESTRICTED
    if household.hidden:
        return NOT_SHOWN
    return f"The {household.label} household" if household.label else "A household"
