"""Of whom it is asked that a restriction be lifted, and who is told what came of it.

It is asked of somebody else where those who were asked may answer no more: the household went to
another team, was linked into another household or separated again, or whoever was asked has
declared a conflict of interest.

Invariant: whoever was asked first may answer, or there is nobody who could.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts.envelope import derive_id
from contracts.keyworkers import AlertPlan
from contracts.restrictions import LiftingAskedV1, LiftingClosedV1, Reader
from contracts.vocabulary import Severity
from contracts.vocabulary_access import LiftingOutcome
from services.keyworkers import store_access, store_lifting, store_restricted
from services.keyworkers.lifting import Lifting, whom_to_ask
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Route
from services.keyworkers.store import load_routes
from services.kit.db import Connection, Row
from services.kit.outbox import Outgoing


async def ask_again(
    connection: Connection, roster: Roster, families: Mapping[UUID, Sequence[Row]], now: datetime
) -> list[Outgoing]:
    """What is asked of these households, where others are to be asked now. ``families``: by
    household, itself and those linked into it."""
    home = {row["id"]: kept for kept, family in families.items() for row in family}
    waiting = await store_lifting.find_waiting(connection, home) if home else []
    if not waiting:
        return []
    households = {home[lifting.household_id] for lifting, _, _ in waiting}
    teams = await store_restricted.load_teams(connection, households)
    lists = await store_access.load_last_versions(connection, households)
    routes = await load_routes(connection, {lifting.assessment_ids[0] for lifting, _, _ in waiting})
    said = []
    for lifting, number, first in waiting:
        kept, of = home[lifting.household_id], lifting.assessment_ids[0]
        asked = whom_to_ask(
            lifting.asked_by,
            leads=sorted(teams.get(kept, ())),
            officers=roster.place.privacy_officers,
            readers=_readers(lists.get(kept), now),
            barred={who for row in families[kept] for who in row["barred"]},
        )
        if not asked or first in asked:
            continue
        await store_lifting.save_asked(connection, lifting.lifting_id, number + 1, asked[0])
        said.append(
            Outgoing(
                derive_id(lifting.lifting_id, LiftingAskedV1.TYPE, number + 1),
                asked_of(roster, lifting, kept, asked, routes[of]),
                roster.place.id,
                of,
                now,
                routes[of].traceparent,
            )
        )
    return said


def asked_of(
    roster: Roster, lifting: Lifting, household_id: UUID, asked: Sequence[str], route: Route
) -> LiftingAskedV1:
    """It is asked of these, one after another. ``route``: of an assessment that stated it."""
    first, *others = (roster.second_word(one) for one in asked)
    return LiftingAskedV1(
        lifting_id=lifting.lifting_id,
        household_id=household_id,
        asked_by=lifting.asked_by,
        told=first,
        alert=AlertPlan(severity=Severity.ROUTINE, escalation=tuple(others)),
        cause=route.cause,
    )


def closed_of(
    roster: Roster,
    lifting: Lifting,
    outcome: LiftingOutcome,
    by: str | None,
    barred: Collection[str],
    route: Route,
) -> LiftingClosedV1:
    """Nobody need answer it any more. Whoever asked is told, unless they took it back themselves,
    or must not know of the household (``barred``)."""
    told = None
    if lifting.asked_by != by and lifting.asked_by not in barred:
        told = roster.somebody(lifting.asked_by)
    return LiftingClosedV1(
        lifting_id=lifting.lifting_id,
        household_id=lifting.household_id,
        outcome=outcome,
        closed_by=by,
        told=told,
        cause=route.cause if told else None,
        # News, not a question: nobody else is told where they do not look.
        alert=AlertPlan(severity=Severity.ROUTINE) if told else None,
    )


def _readers(listed: Row | None, now: datetime) -> set[str]:
    readers = [Reader.model_validate(one) for one in listed["readers"]["readers"]] if listed else []
    return {one.id for one in readers if one.until is None or one.until > now}
