"""Links and separations put into effect: load, plan, move, rebuild, say. Under the place's lock.

Invariants: every assessment is of exactly one household, and that one is not retired; an id that
was ever a household's resolves; a change can be taken back, and the same request twice is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from contracts.duplication import MatchEvidence, RoutingFacts
from contracts.envelope import derive_id
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1, MovedAssessment
from contracts.restrictions import HouseholdRestrictedV1
from contracts.vocabulary_changes import LinkCause
from services.duplication.absent import absent
from services.duplication.changes import (
    ERASED_SINCE,
    LINK,
    Change,
    leaves_nothing,
    of_known_people,
    plan_link,
    plan_return,
    plan_separation,
    stored,
)
from services.duplication.model import Model
from services.duplication.rebuild import rebuild
from services.duplication.store import linking as store
from services.duplication.store.reading import find_current
from services.duplication.store.restricting import Restated, find_alleged, restate
from services.kit.db import Connection
from services.kit.errors import Problem


@dataclass(frozen=True, slots=True)
class Said:
    """Why, by whom and for what purpose something is changed."""

    cause: LinkCause
    by: str | None
    purpose: str
    now: datetime


async def current_household(connection: Connection, household_id: UUID) -> UUID:
    """What the id stands for now. Problem 404 where it never was a household's, 410 where it was
    erased."""
    found = await find_current(connection, [household_id])
    if household_id not in found:
        raise await absent(connection, [household_id], "There is no such household.")
    return found[household_id]


async def prepare_link(
    connection: Connection,
    id_: UUID,
    kept: UUID,
    retired: UUID,
    joined: Mapping[UUID, UUID],
) -> Change:
    """What linking two current households would change. Problem 409: people seen together."""
    pointers = await store.find_pointers(connection, [kept, retired], [*joined, *joined.values()])
    for one, other in joined.items():
        with_one = {p.assessment_id for p in pointers if p.person_id == one}
        if with_one & {p.assessment_id for p in pointers if p.person_id == other}:
            raise Problem(
                HTTPStatus.CONFLICT,
                "These two people were seen together, so they are two. Leave that pair out.",
            )
    assessments = await store.find_assessments_of(connection, [retired])
    ids = [kept, retired, *{p.person_id for p in pointers}]
    apart = await store.find_apart(connection, ids)
    return plan_link(id_, kept, retired, pointers, joined, apart, list(assessments))


async def prepare_separation(
    connection: Connection,
    id_: UUID,
    source: UUID,
    taken: Sequence[UUID],
    to: UUID | None,
    *,
    other_people: bool,
) -> Change:
    """What separating would change. Problem 422 where an assessment is not of the household."""
    of_it = await store.find_assessments_of(connection, [source])
    if not taken or not set(taken) <= set(of_it):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Name one or more assessments that are of this household now.",
        )
    target = to or derive_id(id_, "household")
    pointers = await store.find_pointers(connection, [source], [])
    return plan_separation(
        id_, source, target, frozenset(taken), pointers, whole=to is None, other_people=other_people
    )


async def prepare_undo(connection: Connection, change: Change) -> Change:
    """What taking a change back would change: a separation of what was linked, or a link again."""
    id_ = derive_id(change.id, "undone")
    households = await find_current(connection, [change.household_id, change.other_household_id])
    people = await store.find_people(connection, [one for m in change.mentions for one in m[2:]])
    change = of_known_people(change, people)
    emptied = change.erased and not (change.assessments or change.mentions)
    if emptied or not {change.household_id, change.other_household_id} <= households.keys():
        raise Problem(HTTPStatus.CONFLICT, ERASED_SINCE)
    kept = households[change.household_id]
    other = households[change.other_household_id]
    back = {became: was for _, _, was, became in change.mentions}
    if change.kind != LINK and change.whole and other == change.other_household_id:
        if kept == other:
            raise Problem(HTTPStatus.CONFLICT, "These households are one again already.")
        joined = {
            people.get(one, one): people.get(was, was)
            for one, was in back.items()
            if people.get(one, one) != people.get(was, was)
        }
        plan = await prepare_link(connection, id_, kept, other, joined)
        return replace(plan, lifted=plan.lifted + change.apart, undoes=change.id)
    if change.kind == LINK and other == change.other_household_id:
        raise Problem(HTTPStatus.CONFLICT, "These households are two already.")
    pointers = await store.find_pointers(connection, [kept, other], [*back, *back.values()])
    now_in = await store.find_assessments_of(connection, [kept, other])
    plan = plan_return(id_, change, pointers, households, now_in, people)
    if change.erased and leaves_nothing(plan, pointers):
        raise Problem(HTTPStatus.CONFLICT, ERASED_SINCE)
    return plan


async def effect(
    connection: Connection, model: Model, place_id: str, change: Change, said: Said
) -> list[HouseholdRestrictedV1 | HouseholdsLinkedV1 | HouseholdsSeparatedV1]:
    """Put a change of households into effect; the event that says so, and what it means for who may
    know: what is restricted now comes before it, what no longer is comes after."""
    touched = [change.household_id, change.other_household_id]
    closed, opened = await put_in_place(connection, model, place_id, change, said, touched)
    return [*closed, await _event(connection, change, said), *opened]


async def put_in_place(
    connection: Connection,
    model: Model,
    place_id: str,
    change: Change,
    said: Said,
    touched: Sequence[UUID],
) -> Restated:
    """Move the pointers, and state anew everybody concerned and the households ``touched``: those
    that are restricted now, or otherwise, and those that no longer are."""
    before = await store.find_pointers(connection, touched, [m[2] for m in change.mentions])
    await store.save_change(
        connection, place_id, change, (said.cause, said.by, said.purpose), said.now
    )
    after = await store.find_pointers(connection, touched, [m[3] for m in change.mentions])
    everybody = {p.person_id for p in (*before, *after)}
    mentions = await store.load_mentions(connection, list(everybody))
    there = {m.person_id for m in mentions}
    became = {was: to for _, _, was, to in change.mentions}
    left = [(one, became[one]) for one in sorted(everybody - there) if one in became]
    await store.save_rebuilt(connection, place_id, rebuild(model, mentions, touched), left)
    return await restate(connection, touched, said.now)


async def refuse_alleged(connection: Connection, one: UUID, other: UUID) -> None:
    """Problem 409 where one is the household of somebody alleged to have caused harm in the other:
    these are kept apart, and never said to be one."""
    pointers = await store.find_pointers(connection, [one, other], [])
    alleged = await find_alleged(connection, [one, other])
    for here, there in ((one, other), (other, one)):
        people = {p.person_id for p in pointers if p.household_id == here}
        if people and people <= alleged.get(there, frozenset()):
            raise Problem(
                HTTPStatus.CONFLICT,
                "These two are kept apart, so they cannot be linked. If that is wrong, ask the "
                "privacy officer.",
            )


async def _event(
    connection: Connection, change: Change, said: Said
) -> HouseholdsLinkedV1 | HouseholdsSeparatedV1:
    if change.kind == LINK:
        return HouseholdsLinkedV1(
            link_id=change.id,
            household_id=change.household_id,
            retired_household_id=change.other_household_id,
            cause=said.cause,
            decided_by=said.by,
            decided_at=said.now,
        )
    moved = await moved_assessments(connection, [a for a, _, _ in change.assessments])
    return HouseholdsSeparatedV1(
        separation_id=change.id,
        household_id=change.household_id,
        separated_household_id=change.other_household_id,
        moved=moved,
        person_ids=tuple(dict.fromkeys(p for one in moved for p in one.facts.person_ids)),
        undoes=change.undoes,
        cause=said.cause,
        decided_by=said.by,
        decided_at=said.now,
    )


async def moved_assessments(
    connection: Connection, assessment_ids: Sequence[UUID]
) -> tuple[MovedAssessment, ...]:
    """Assessments with the facts that route them, as they stand now."""
    return tuple(
        MovedAssessment(
            assessment_id=row["id"],
            facts=RoutingFacts.model_validate(
                row["facts"]
                | {
                    "person_ids": row["person_ids"],
                    "alleged_perpetrator_ids": row["alleged"],
                    "previous_household_ids": row["previous"],
                    "apart_household_ids": row["apart"],
                }
            ),
            evidence=MatchEvidence(
                decision_id=row["decision_id"],
                weight=row["weight"],
                model_version=row["model_version"],
                rule=row["rule"],
            ),
        )
        for row in await store.find_facts(connection, assessment_ids)
    )


def journey_of(change: Change) -> UUID:
    """The journey an event of this change belongs to: its first assessment's, else its own."""
    return change.assessments[0][0] if change.assessments else change.id


async def load_change(connection: Connection, change_id: UUID, kind: str) -> Change:
    """A link or separation by its id. Problem 404 where there is none, 410 where it was erased."""
    row = await store.find_change(connection, change_id)
    if row is None or row["kind"] != kind:
        raise await absent(connection, [change_id], f"There is no such {kind}.")
    return stored(row)
