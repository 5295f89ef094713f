"""A household's new key worker is told of what is known already, in the transaction that names
them: assessments that waited with the household, and possible matches of which others were told.

Invariant: nobody of whom harm is suspected waits for a periodic task to reach a key worker.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from contracts.vocabulary_changes import ReversalReason
from services.keyworkers import store, store_reviews
from services.keyworkers.gathering import gather
from services.keyworkers.review import send_on_provisionally
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Emission, PendingReview, Situation
from services.keyworkers.store_changes import save_changes
from services.keyworkers.waiting import follow
from services.kit.db import Connection


async def tell_of_what_is_known(
    connection: Connection,
    roster: Roster,
    households: Collection[UUID],
    because: UUID | None = None,
    reason: ReversalReason = ReversalReason.ASSIGNED,
) -> list[Emission]:
    """What follows for households whose key worker may have changed, once that is saved.

    ``because``: the link or separation by which it did; None: an engagement that has begun.
    """
    if not households:
        return []
    place_id = roster.place.id
    emissions = await tell_of_waiting(connection, roster, households, because)
    reviews = await store_reviews.load_told_otherwise(connection, households)
    if reviews:
        events = {place_id: [review.as_event() for review in reviews]}
        situation = (await gather(connection, {place_id: roster}, events))[place_id]
        for review in reviews:
            active = situation.active(review.candidates[0].household_id)
            cause = because or (active and active.engagement_id)
            emissions += send_on_provisionally(situation, review, cause, reason=reason)
        await save_changes(connection, place_id, situation.changes)
    return emissions


async def tell_of_waiting(
    connection: Connection,
    roster: Roster,
    households: Collection[UUID] | None = None,
    because: UUID | None = None,
) -> list[Emission]:
    """Assessments that joined a waiting household go to the key worker it has been given.

    ``households``: which; None: all of the place.
    """
    place_id = roster.place.id
    waited = await store.load_unfollowed(connection, place_id, households)
    after = Situation(roster)
    emissions = follow(after, *waited, *((because,) if because else ()))
    await save_changes(connection, place_id, after.changes)
    return emissions


async def tell_overdue(
    connection: Connection, roster: Roster, reviews: Sequence[PendingReview]
) -> list[Emission]:
    """What nobody has reviewed by its deadline is sent on."""
    place_id = roster.place.id
    events = {place_id: [review.as_event() for review in reviews]}
    situation = (await gather(connection, {place_id: roster}, events))[place_id]
    emissions = [e for r in reviews for e in send_on_provisionally(situation, r)]
    await save_changes(connection, place_id, situation.changes)
    return emissions
