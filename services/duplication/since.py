"""What was seen since a possible match was asked about: shown to the reviewer, who decides.

Nothing is answered by it: somebody seen again with two of the household was of it in 87 of 91 cases
of simulated boroughs, and of the others most had fled from it with their children.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from services.duplication.review_views import SinceView
from services.duplication.store import reading
from services.duplication.store.reviewing import find_members_then, find_seen_since
from services.kit.db import Connection, Row

ENOUGH = 2
"""Of the household with whom somebody under review is seen in one assessment: says the same."""

Sighting = tuple[datetime, Collection[UUID]]
"""When an assessment came, and who was seen in it."""


def seen_since(
    household_id: UUID,
    members: Collection[UUID],
    under_review: Collection[UUID],
    sightings: Iterable[Sighting],
) -> SinceView | None:
    """What these sightings say of being of the household; None where there are none.

    ``members``: who was in it when it was asked; ``sightings``: of somebody ``under_review``, in
    order.
    """
    theirs = set(members) - set(under_review)
    together: list[tuple[datetime, int]] = []
    without: list[datetime] = []
    for at, people in sightings:
        count = len(theirs.intersection(people))
        if count:
            together.append((at, count))
        else:
            without.append(at)
    if not together and not without:
        return None
    most = max((count for _, count in together), default=0)
    return SinceView(
        household_id=household_id,
        people_together=most,
        times_together=len(together),
        last_together=together[-1][0] if together else None,
        times_without=len(without),
        last_without=without[-1] if without else None,
        says_same=most >= ENOUGH,
    )


async def load_since(
    connection: Connection, case: Row, mentions: Sequence[Row], offered: Sequence[UUID]
) -> tuple[SinceView, ...]:
    """What was seen since an open match was asked about, by household it may be; of restricted ones
    nothing. ``case``: a row of ``find_review``; ``mentions``: of its assessment; ``offered``: what
    its candidates stand for now."""
    found = await reading.find_households(connection, offered)
    shown = {row["id"] for row in found if not row["restrictions"]}
    if case["verdict"] is not None or case["restrictions"] or not shown:
        return ()
    under_review = {mention["person_id"] for mention in mentions}
    asked = [household_id for household_id in dict.fromkeys(offered) if household_id in shown]
    members = await find_members_then(connection, case["assessment_id"], asked)
    sightings = await find_seen_since(
        connection, case["assessment_id"], [*asked, case["current_household_id"]]
    )
    said = (seen_since(one, members.get(one, ()), under_review, sightings) for one in asked)
    return tuple(one for one in said if one is not None)
