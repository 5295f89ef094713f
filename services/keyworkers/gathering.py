"""Everything a batch of events needs to be decided, read once for all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from contracts.duplication import ReviewRequestedV1
from services.keyworkers import store, store_apart, store_linking
from services.keyworkers.assessment import households_known_by, people_to_know
from services.keyworkers.roster import Roster
from services.keyworkers.routing import Consumed
from services.keyworkers.situation import Referral, Situation
from services.keyworkers.teams import team_for
from services.kit.db import Connection


def household_of(event: Consumed) -> UUID:
    """The household the event is about, or the likeliest, by the id that the event knows."""
    if isinstance(event, ReviewRequestedV1):
        return event.candidates[0].household_id
    return event.household_id


async def gather(
    connection: Connection, rosters: Mapping[str, Roster], events: Mapping[str, Sequence[Consumed]]
) -> dict[str, Situation]:
    """By place: the situation in which its events are to be decided."""
    listed = [event for batch in events.values() for event in batch]
    current = await store_linking.load_current(
        connection, {h for e in listed for h in (household_of(e), *e.facts.previous_household_ids)}
    )
    targets = {current.get(h, h) for h in map(household_of, listed)}
    people = {p for event in listed for p in people_to_know(event.facts)}
    households_of = await store.load_households_of(connection, people) if people else {}
    previous = {h for e in listed for h in households_known_by(households_of, current, e.facts)}
    engagements = await store.load_engagements(connection, targets | previous)
    # Nobody waits who has a key worker.
    idle = {t for t in targets if not any(e.ended_at is None for e in engagements.get(t, ()))}
    waiting = await store.load_waiting(connection, idle) if idle else {}
    routes = await store.load_routes(connection, {event.assessment_id for event in listed})
    apart = await store_apart.load_apart(connection, targets)
    situations = {
        place_id: Situation(
            rosters[place_id],
            engagements=engagements,
            waiting=waiting,
            routes=routes,
            households_of=households_of,
            apart=apart,
            current=current,
        )
        for place_id in events
    }
    await add_loads(
        connection,
        situations,
        {place: _teams_asked(situations[place], batch) for place, batch in events.items()},
    )
    return situations


def _teams_asked(situation: Situation, events: Iterable[Consumed]) -> set[str]:
    """Teams that may be asked to take a household: none where all have their key worker."""
    teams = set()
    for event in events:
        household = situation.current_of(household_of(event))
        if not isinstance(event, ReviewRequestedV1) and situation.active(household) is None:
            teams.add(team_for(situation, household, event.facts))
            if referral := situation.waiting.get(household):
                teams.add(referral.team_id)
    return teams


async def add_loads(
    connection: Connection,
    situations: Mapping[str, Situation],
    teams: Mapping[str, Collection[str]],
) -> None:
    """Add what the members of these teams carry, and whether the teams have waiting lists."""
    members = [
        (place_id, team_id, member.id)
        for place_id, ids in teams.items()
        for team_id in ids
        for member in situations[place_id].roster.members[team_id]
    ]
    loads, crowded = await store.load_loads(connection, members)
    for (place_id, key_worker_id), load in loads.items():
        situations[place_id].loads[key_worker_id] = load
    for place_id, team_id in crowded:
        situations[place_id].crowded.add(team_id)


async def gather_waiting(
    connection: Connection, roster: Roster, team_ids: Sequence[str]
) -> tuple[Situation, list[Referral]]:
    """The situation for a place's waiting lists, and the referrals there may be room for."""
    situation = Situation(roster)
    await add_loads(connection, {roster.place.id: situation}, {roster.place.id: team_ids})
    room = {
        team_id: sum(
            max(0, roster.limit_of(m) - int(situation.loads[m.id].households))
            for m in roster.members[team_id]
        )
        for team_id in team_ids
    }
    # A few more than there is room for: one may be kept from everybody by a conflict of interest.
    asked = {team_id: count + 20 for team_id, count in room.items() if count}
    if not asked:
        return situation, []
    referrals = await store.load_first_waiting(
        connection, roster.place.id, list(asked), list(asked.values())
    )
    situation.apart = await store_apart.load_apart(connection, {r.household_id for r in referrals})
    known = {r.household_id for r in referrals} | {h for r in referrals for h in r.known_households}
    situation.engagements = await store.load_engagements(connection, known)
    return situation, referrals
