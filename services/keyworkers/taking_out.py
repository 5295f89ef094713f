"""Single assessments erased, as where an agency took one back: their household stays.

Invariants: nothing of the household rests on what was erased; a referral with which no assessment
waits any more is closed; a key worker stays, because the relationship is people's to end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.envelope import derive_id
from contracts.erasure import AssessmentsErasedV1
from contracts.handovers import RoutingReversedV1
from contracts.vocabulary_changes import ReversalReason
from services.keyworkers import store, store_linking, store_separating, store_taking_out
from services.keyworkers.keeping import close_liftings
from services.keyworkers.roster import Roster
from services.keyworkers.separating import close_needless
from services.keyworkers.store_lifting import find_waiting
from services.keyworkers.store_restricted import load_families
from services.kit.db import Connection
from services.kit.outbox import Outgoing

if TYPE_CHECKING:
    from services.kit.consume import Received


async def take_out(
    connection: Connection,
    roster: Roster,
    received: Sequence[tuple[Received, AssessmentsErasedV1]],
) -> tuple[dict[UUID, Received], list[Outgoing]]:
    """Before they are erased: what was said of them no longer holds. The households that they were
    of, each with the event by which, and what is said."""
    by = {a: (item, event) for item, event in received for a in event.assessment_ids}
    routes = await store.load_routes(connection, by) if by else {}
    touched: dict[UUID, Received] = {}
    said: list[Outgoing] = []
    for assessment_id, route in sorted(routes.items()):
        item, event = by[assessment_id]
        if route.household_id is None:
            continue
        touched[route.household_id] = item
        reversed_ = RoutingReversedV1(
            assessment_id=assessment_id,
            household_id=route.household_id,
            engagement_id=route.engagement_id,
            reason=ReversalReason.ERASED,
        )
        said.append(
            Outgoing(
                derive_id(assessment_id, reversed_.TYPE, event.erasure_id),
                reversed_,
                roster.place.id,
                assessment_id,
                item.now,
                route.traceparent,
            )
        )
    return touched, said + await _ask_no_more(connection, roster, touched, by)


async def _ask_no_more(
    connection: Connection,
    roster: Roster,
    touched: dict[UUID, Received],
    assessment_ids: Collection[UUID],
) -> list[Outgoing]:
    """Whether a restriction be lifted that one of them stated is asked anew, of what is left."""
    if not touched:
        return []
    families = await load_families(connection, touched)
    home = {row["id"]: kept for kept, family in families.items() for row in family}
    asked = {
        home[one.household_id]
        for one, _, _ in await find_waiting(connection, home)
        if not set(one.assessment_ids).isdisjoint(assessment_ids)
    }
    said: list[Outgoing] = []
    for household in sorted(asked):
        said += await close_liftings(connection, roster, touched[household], household)
    return said


async def settle_without(
    connection: Connection,
    roster: Roster,
    received: Sequence[tuple[Received, AssessmentsErasedV1]],
    touched: dict[UUID, Received],
) -> list[Outgoing]:
    """Once they are erased: the households go on with what is left of them."""
    if not touched:
        return []
    gone = [a for _, event in received for a in event.assessment_ids]
    await store_taking_out.go_on_for_the_rest(connection, touched, gone)
    await store_taking_out.forget_people(connection, touched)
    said: list[Outgoing] = []
    for household, opened in (await store_linking.load_open(connection, touched)).items():
        if opened.engagement_id is not None:
            continue
        if not await store_separating.is_needed(connection, opened):
            item = touched[household]
            said += [
                Outgoing(e.id, e.event, roster.place.id, e.journey_id, item.now, e.traceparent)
                for e in await close_needless(connection, item, opened, item.now)
            ]
    # Nobody ever worked on these, and nothing is left that they could go on for.
    await store_taking_out.forget_referrals(connection, touched, gone)
    return said
