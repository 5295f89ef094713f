"""What privacy officers see: what is on notice, what is held, how long one household is kept, and
the register of erasures. Every look is kept.

Invariant: of a household with which they have a conflict of interest they see nothing, erased or
not; a team's lead sees what they may answer, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.keyworkers import store_erasures, store_holds
from services.keyworkers import store_retention as store
from services.keyworkers.handlers import Handlers
from services.keyworkers.keepers import (
    barred_from,
    look_up,
    must_be_somebody,
    not_a_keeper,
    offices_of,
)
from services.keyworkers.pages import Position, to_text
from services.keyworkers.place import Retention
from services.keyworkers.retention import Kept, Record, why_kept, why_not_ordered, years_after
from services.keyworkers.retention_views import (
    ErasureView,
    HouseholdRetentionView,
    NoticeView,
    PlaceRetentionView,
    RegisterView,
    RetentionView,
    erasure_view,
    hold_view,
    policy_view,
    refusal_view,
)
from services.keyworkers.roster import Roster
from services.keyworkers.store_access import save_look
from services.kit.auth import Actor
from services.kit.db import Connection, Row
from services.kit.work import Work

RETENTION, ERASURES = "retention", "erasures"
"""What is looked at here: kept as such."""


async def read_retention(
    work: Work,
    handlers: Handlers,
    actor: Actor,
    notices_after: Position | None,
    held_after: Position | None,
    most: int,
) -> RetentionView:
    """What is on notice and what is held, in the places of whoever asks."""
    connection = work.connection
    offices = await offices_of(connection, handlers, actor.id)
    if not offices:
        raise not_a_keeper()
    rosters = await handlers.rosters.load(connection, offices)
    notices = await store.find_notices_for(connection, rosters, actor.id, notices_after, most)
    held = await store_holds.find_in_force(
        connection, rosters, actor.id, work.now, held_after, most
    )
    noticed = [row["household_id"] for row in notices]
    records = await store.load_records(connection, noticed, work.now) if noticed else []
    policies = {id_: one.place.policy.retention for id_, one in rosters.items()}
    kept = {
        one.household_id: _kept(policies[one.place_id], one, work.now)
        for one in records
        if one.place_id is not None
    }
    refused = await store_erasures.find_last_refusals(connection, noticed)
    await _looked(work, actor, RETENTION, [*noticed, *(row["household_id"] for row in held)])
    return RetentionView(
        places=await _places(work, rosters, actor),
        notices=[
            NoticeView(
                **dict(row),
                kept=kept.get(row["household_id"]),
                refusal=refusal_view(refused.get(row["household_id"])),
            )
            for row in notices
        ],
        notices_next=_next(notices, "erases_at", "household_id", most),
        held=[hold_view(rosters[row["place_id"]], row) for row in held],
        held_next=_next(held, "until", "hold_id", most),
    )


async def read_household(
    work: Work, handlers: Handlers, actor: Actor, household_id: UUID
) -> HouseholdRetentionView:
    """How long one household's records are kept, and why."""
    found = await look_up(work, handlers, actor.id, household_id)
    found.must_be_officer()
    connection, record, roster = work.connection, found.record, found.roster
    family, policy = record.household_ids, roster.place.policy.retention
    notice = await store.find_notice(connection, record.household_id)
    unanswered = await store_erasures.find_unanswered(connection, [found.place_id], family)
    asked = next((_to_answer(roster, row, actor) for row in unanswered), None)
    refusals = await store_erasures.find_last_refusals(connection, [record.household_id])
    holds = await store_holds.find_holds_of(connection, family)
    await _looked(work, actor, RETENTION, [record.household_id])
    last = record.last_contact_at
    due = years_after(last, policy.years_after_last_contact) if policy and last else None
    possible = asked is None and why_not_ordered(record) is None
    return HouseholdRetentionView(
        household_id=record.household_id,
        place_id=found.place_id,
        last_contact_at=last,
        kept=_kept(policy, record, work.now),
        due_on=due.date() if due else None,
        erases_at=notice["erases_at"] if notice else None,
        holds=[hold_view(roster, row) for row in holds],
        refusal=refusal_view(refusals.get(record.household_id)),
        asked=asked,
        may_ask=possible and bool(found.second_words(actor.id)),
    )


async def read_register(
    work: Work, handlers: Handlers, actor: Actor, after: Position | None, most: int
) -> RegisterView:
    """The register, and first what waits for an answer."""
    connection = work.connection
    offices, leads = await must_be_somebody(connection, handlers, actor.id)
    rosters = await handlers.rosters.load(connection, offices | leads)
    rows = await store_erasures.find_erasures(connection, offices, after, most) if offices else []
    shown = await _not_barred(connection, rows, actor)
    unanswered = await _not_barred(
        connection, await store_erasures.find_unanswered(connection, rosters), actor
    )
    led = {row["household_id"] for row in unanswered if row["place_id"] not in offices}
    records = await store.load_records(connection, led, work.now) if led else []
    theirs = {one.household_id for one in records if one.team_id == actor.id}
    waiting = [
        _to_answer(rosters[row["place_id"]], row, actor)
        for row in unanswered
        if row["place_id"] in offices or row["household_id"] in theirs
    ]
    seen = {row["household_id"] for row in shown} | {one.household_id for one in waiting}
    await _looked(work, actor, ERASURES, [one for one in seen if one is not None])
    return RegisterView(
        waiting=waiting,
        erasures=[erasure_view(rosters[row["place_id"]], row) for row in shown],
        next=_next(rows, "at", "erasure_id", most),
    )


async def _places(
    work: Work, rosters: Mapping[str, Roster], actor: Actor
) -> list[PlaceRetentionView]:
    connection = work.connection
    on_notice = await store.count_notices(connection, actor.id)
    held = await store_holds.count_in_force(connection, rosters, actor.id, work.now)
    unanswered = await _not_barred(
        connection, await store_erasures.find_unanswered(connection, rosters), actor
    )
    waiting = Counter(row["place_id"] for row in unanswered)
    return [
        PlaceRetentionView(
            place_id=id_,
            place_name=one.place.name,
            policy=policy_view(one.place.policy.retention),
            on_notice=on_notice.get(id_, 0),
            held=held.get(id_, 0),
            waiting=waiting[id_],
        )
        for id_, one in sorted(rosters.items())
    ]


async def _not_barred(connection: Connection, rows: Sequence[Row], actor: Actor) -> list[Row]:
    """Those of the rows that are of no household which whoever asks must not know of."""
    households = {row["household_id"] for row in rows} - {None}
    barred = await barred_from(connection, households) if households else {}
    return [row for row in rows if actor.id not in barred.get(row["household_id"], ())]


def _to_answer(roster: Roster, row: Row, actor: Actor) -> ErasureView:
    """What waits for an answer: whoever asked takes it back, others answer."""
    mine = row["asked_by"] == actor.id
    return erasure_view(roster, row, may_answer=not mine, may_withdraw=mine)


def _kept(policy: Retention | None, record: Record, now: datetime) -> Kept | None:
    return why_kept(record, policy, now) if policy else why_not_ordered(record) or Kept.NO_POLICY


def _next(rows: Sequence[Row], at: str, id_: str, most: int) -> str | None:
    """Where the next page begins, if this one is full."""
    return to_text(rows[-1][at], rows[-1][id_]) if len(rows) >= most else None


async def _looked(work: Work, actor: Actor, what: str, household_ids: Sequence[UUID]) -> None:
    await save_look(work.connection, work.now, actor, what, household_ids, shown=True)
