"""Assessments erased, with whatever and whoever is known by them alone. Under the place's lock.

Invariants: of what is erased nothing is left but ids, and counts that name nobody; whoever is seen
elsewhere is known there as if they had been seen nowhere else; nothing points at what has gone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from contracts.duplication import HouseholdMatchedV1, MatchReviewedV1, ReviewRequestedV1
from contracts.envelope import derive_id
from contracts.erasure import AssessmentsErasedV1
from services.duplication.erasure_plan import (
    Erasure,
    Ids,
    Parted,
    counted,
    dead,
    of_these,
    part,
    retired_with,
    sides,
    without,
)
from services.duplication.model import Model
from services.duplication.rebuild import Mention, rebuild
from services.duplication.store import erasing as store
from services.duplication.store import linking as linking_store
from services.duplication.store.restricting import Restated, restate
from services.kit.db import Connection, Row
from services.kit.erased import keep_all_erased
from services.kit.outbox import forget_events

_Counts = defaultdict[UUID, Counter[str]]
"""By erasure: how many rows of which table went with it."""


@dataclass(frozen=True, slots=True)
class _Going:
    """What goes, each with the erasure that takes it.

    ``dead``: changes of which nothing is left, of ``changes``, which name or moved any of it;
    ``kept``: households of which a part is left, and ``family``: every id that stands for one;
    ``retired``: of the households that go, ids that stood for another; ``standing``: retired people
    who stay, with whom they stand for; ``origins``: as
    :func:`services.duplication.erasure_plan.counted` takes them.
    """

    assessments: Ids
    households: Ids
    people: Ids
    dead: Ids
    parted: Parted
    kept: Collection[UUID]
    family: Collection[UUID]
    retired: Collection[UUID]
    standing: Mapping[UUID, UUID]
    changes: Sequence[Row]
    origins: Mapping[UUID, Sequence[UUID]]

    @property
    def ids(self) -> dict[UUID, UUID]:
        """All that is named anywhere."""
        return {**self.assessments, **self.households, **self.people}


async def erase(
    connection: Connection,
    model: Model,
    place_id: str,
    wanted: Sequence[Erasure],
    now: datetime,
    known: Sequence[Mention] | None = None,
) -> tuple[list[AssessmentsErasedV1], Restated]:
    """Erase assessments, in one pass; what to say of each erasure, in order, and of households that
    stay: of what few may know now, and what everybody may again.

    Whether it may be done is the caller's to ask (:mod:`services.duplication.erasable`): above all,
    nobody is being asked about any of it. A household of which other assessments are left stays,
    with whoever is in these. ``known``: all mentions of everybody seen in it, if those are loaded.
    """
    going = await _gather(connection, wanted, known)
    ids = going.ids
    rows = await store.delete_assessments(connection, list(going.assessments))
    questions = _questions(rows, ids)
    counts = _tally(_Counts(Counter), rows, ids)
    await _rebuild(connection, model, place_id, going)
    await store.take_off(connection, place_id, counted(going.parted.gone, going.origins))
    for row in await store.delete_words(connection, list(ids)):
        counts[ids.get(row["one"]) or ids[row["other"]]][row["name"]] += 1
    await _forget_moves(connection, going, now)
    for by in going.dead.values():
        counts[by]["change"] += 1
    _tally(counts, await store.delete_steps(connection, place_id, list(ids)), ids)
    rows = await store.delete_households(connection, list(going.households))
    questions |= _questions(rows, ids)
    _tally(counts, rows, ids)
    rows = await store.delete_people(connection, list(going.people), going.standing)
    _tally(counts, rows, ids)
    await forget_events(connection, _said_of(going.assessments, questions))
    said = _events(wanted, going, now)
    await keep_all_erased(connection, place_id, [(one, counts[one.erasure_id]) for one in said])
    await store.save_kinds(connection, _kinds(going, questions))
    return said, await restate(connection, list(going.family), now)


async def _gather(
    connection: Connection, wanted: Sequence[Erasure], known: Sequence[Mention] | None
) -> _Going:
    named = {a: erasure.id for erasure in wanted for a in erasure.assessment_ids}
    people = {row["person_id"] for row in await store.find_seen(connection, list(named))}
    if known is None:
        known = await linking_store.load_mentions(connection, list(people))
    parted = part([mention for mention in known if mention.person_id in people], named)
    homes = await store.find_homes(connection, list(named))
    losing = {home: erasure.id for erasure in wanted for home in erasure.household_ids}
    losing |= {home: named[assessment_id] for assessment_id, home in homes.items()}
    kept = await store.find_kept(connection, list(losing), list(named))
    families = await store.find_families(connection, list(losing))
    every = [row["id"] for row in families]
    households = {r["id"]: losing[r["asked"]] for r in families if r["current"] not in kept}
    retired_people = await linking_store.find_retired(connection, list(people))
    origins = await store.find_origins(connection, list(named))
    changes = await store.find_changes(
        connection,
        list({*named, *people, *retired_people, *every}.union(*origins.values())),
    )
    gone = {**parted.people, **retired_with(retired_people, parted.people, changes, named)}
    seen_too = {m.assessment_id for m in parted.left} | _moved(changes)
    # Whoever was separated from somebody was counted as them, who may be seen elsewhere still.
    counted_as = set().union(*origins.values()) - people
    seen_too |= await store.find_with(connection, list(counted_as))
    origins |= await store.find_origins(connection, list(seen_too - named.keys()))
    return _Going(
        named,
        households,
        gone,
        dead(changes, {**households, **gone}),
        parted,
        kept,
        {row["id"] for row in families if row["current"] in kept},
        {row["id"] for row in families if row["id"] != row["current"]},
        {one: now for one, now in retired_people.items() if one not in gone},
        changes,
        origins,
    )


def _moved(changes: Iterable[Row]) -> set[UUID]:
    """The assessments of mentions that these changes moved."""
    return {UUID(one) for change in changes for one, *_ in change["moves"]["mentions"]}


async def _rebuild(connection: Connection, model: Model, place_id: str, going: _Going) -> None:
    """Whoever stays, and the households in which they are seen, as if nothing else had been."""
    parted = going.parted
    touched = {*going.kept, *(mention.household_id for mention in parted.left)}
    others = await store.find_people_in(connection, list(touched)) - parted.staying
    mentions = [*parted.left, *await linking_store.load_mentions(connection, list(others))]
    mentions.sort(key=lambda m: (m.received_at, m.assessment_id, m.position))
    built = of_these(rebuild(model, mentions, list(touched)), parted.staying)
    await linking_store.save_rebuilt(connection, place_id, built, [])
    await store.settle_kept(connection, list(going.kept))
    elsewhere = {mention.assessment_id for mention in parted.left} | _moved(going.changes)
    await store.forget_in_facts(connection, list(elsewhere), [*going.households, *going.people])


async def _forget_moves(connection: Connection, going: _Going, now: datetime) -> None:
    """Changes of which nothing is left go; of others, what is left stays."""
    await store.delete_changes(connection, list(going.dead))
    left = []
    for change in going.changes:
        moves = without(change["moves"], going.ids)
        named = {*sides(change), change["household_id"], change["other_household_id"]}
        touched = moves != change["moves"] or not named.isdisjoint({*going.ids, *going.family})
        if change["id"] not in going.dead and touched:
            left.append((change["id"], moves))
    await store.save_moves(connection, left, now)


def _questions(rows: Iterable[Row], ids: Ids) -> dict[UUID, UUID]:
    return {row["own"]: ids[row["id"]] for row in rows if row["own"] is not None}


def _tally(counts: _Counts, rows: Iterable[Row], ids: Ids) -> _Counts:
    for row in rows:
        counts[ids[row["id"]]][row["name"]] += 1
    return counts


def _said_of(assessment_ids: Iterable[UUID], questions: Iterable[UUID]) -> list[UUID]:
    """The events of these with facts in them, as they were sent."""
    recorded = [derive_id(one, AssessmentRecordedV1.TYPE) for one in assessment_ids]
    return [
        *(derive_id(one, HouseholdMatchedV1.TYPE) for one in recorded),
        *(derive_id(one, ReviewRequestedV1.TYPE) for one in recorded),
        *(derive_id(one, MatchReviewedV1.TYPE) for one in questions),
    ]


def _events(wanted: Iterable[Erasure], going: _Going, now: datetime) -> list[AssessmentsErasedV1]:
    households, people = (
        defaultdict[UUID, list[UUID]](list), defaultdict[UUID, list[UUID]](list)
    )  # fmt: skip
    for ids, found in ((going.households, households), (going.people, people)):
        for id_, by in sorted(ids.items()):
            found[by].append(id_)
    return [
        AssessmentsErasedV1(
            erasure_id=one.id,
            household_ids=tuple(households[one.id]),
            assessment_ids=one.assessment_ids,
            person_ids=tuple(people[one.id]),
            reason=one.reason,
            erased_at=now,
        )
        for one in wanted
    ]


def _kinds(going: _Going, questions: Ids) -> list[tuple[UUID, UUID, str]]:
    """What each id had been."""

    def home(id_: UUID) -> str:
        return "retired_household" if id_ in going.retired else "household"

    return [
        *((id_, by, "assessment") for id_, by in going.assessments.items()),
        *((id_, by, home(id_)) for id_, by in going.households.items()),
        *((id_, by, "person") for id_, by in going.people.items()),
        *((id_, by, "review") for id_, by in questions.items()),
        *((id_, by, "change") for id_, by in going.dead.items()),
    ]
