"""One step of a run put into effect, or found to be no longer what people want. In a transaction.

What people have said, or are asked, since the run began stands: the step is overtaken then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from contracts.duplication import MatchEvidence
from contracts.envelope import derive_id
from contracts.links import LinkProposedV1
from contracts.vocabulary import Urgency
from contracts.vocabulary_changes import LinkCause
from services.duplication import linking, people_linking
from services.duplication.changes import Change
from services.duplication.linking import Said
from services.duplication.model import Model
from services.duplication.rematch_plan import Kind, Step, change_id
from services.duplication.saying import say
from services.duplication.store import linking as linking_store
from services.duplication.store import rematching as store
from services.duplication.store.reading import find_current
from services.kit.errors import Problem
from services.kit.work import Work

DONE, ASKED, HELD, OVERTAKEN = "done", "asked", "held", "overtaken"
RULE = "another_model"


@dataclass(frozen=True, slots=True)
class Run:
    """A model's decisions being carried out in a place: by whom, for what, since when."""

    id: UUID
    place_id: str
    model: Model
    by: str
    purpose: str
    began_at: datetime

    def row(self) -> tuple[UUID, str, str, str, str]:
        """As the store keeps it."""
        return self.id, self.place_id, self.model.version, self.by, self.purpose


async def take_step(work: Work, run: Run, number: int, step: Step, engaged: frozenset[UUID]) -> str:
    """Take a step, and write down what it came to. ``engaged``: those of the step's households that
    have a key worker now."""
    await work.lock_place(run.place_id)
    if not await store.lock_step(work.connection, run.id, number):
        return OVERTAKEN  # Another process has taken it.
    id_ = change_id(run.id, number)
    try:
        come_to = await _take(work, run, id_, step, engaged)
    except Problem as problem:
        # Planned of what was there then; by now it cannot be: people were seen together since.
        come_to = HELD if problem.status is HTTPStatus.CONFLICT else OVERTAKEN
    change = id_ if come_to == DONE else None
    await store.save_outcome(work.connection, run.id, number, come_to, change, work.now)
    return come_to


async def _take(work: Work, run: Run, id_: UUID, step: Step, engaged: frozenset[UUID]) -> str:
    if step.kind is Kind.MOVE_PEOPLE:
        return await _move_people(work, run, id_, step)
    named = [step.one, *([step.to] if step.to else [])]
    current = await find_current(work.connection, named)
    one = current.get(step.one)
    to = current.get(step.to) if step.to else None
    if one is None or one == to or (step.to and to is None):
        return OVERTAKEN  # One of them never came to be, or they are one already.
    if await store.has_spoken_since(work.connection, [*named, *current.values()], [], run.began_at):
        return OVERTAKEN
    if step.kind is Kind.ASK or (to is not None and {one, to} <= engaged):
        return await ask(work, run, step, (to or one, one)) if to else OVERTAKEN
    of_it = await linking_store.find_assessments_of(work.connection, [one])
    taken = [a for a in step.assessment_ids if a in of_it]
    if not taken or (step.kind is Kind.MOVE and to is None and len(taken) == len(of_it)):
        return OVERTAKEN  # It has gone already, or is all there is.
    if to is not None and (step.kind is Kind.LINK or len(taken) == len(of_it)):
        try:
            await linking.refuse_alleged(work.connection, to, one)
        except Problem:
            return HELD
        change = await linking.prepare_link(work.connection, id_, to, one, {})
        if change.lifted:
            return HELD
    else:
        change = await linking.prepare_separation(
            work.connection, id_, one, taken, to, other_people=False
        )
        if to is not None and await _is_kept_apart(work, change):
            return HELD
        change = replace(change, apart=())
    change = replace(change, together=())
    said = Said(LinkCause.NEW_MODEL, run.by, run.purpose, work.now)
    events = await linking.effect(work.connection, run.model, run.place_id, change, said)
    say(work, events, run.place_id, linking.journey_of(change), change.id)
    return DONE


async def _is_kept_apart(work: Work, change: Change) -> bool:
    """Whether people keep the two households, or who is in one and the other household, apart."""
    here, there = change.household_id, change.other_household_id
    pointers = await linking_store.find_pointers(work.connection, [here, there], [])
    moved = {a for a, _, _ in change.assessments}
    going = {p.person_id for p in pointers if p.assessment_id in moved}
    living = {p.person_id for p in pointers if p.household_id == there}
    pairs = await linking_store.find_apart(work.connection, [here, there, *going])
    stand = await find_current(work.connection, [one for pair in pairs for one in pair])
    stand |= await linking_store.find_people(work.connection, [one for p in pairs for one in p])
    for pair in pairs:
        found = {stand.get(one, one) for one in pair}
        if found == {here, there} or (there in found and found & going):
            return True
        if here in found and found & (living - going):
            return True
    return False


async def ask(work: Work, run: Run, step: Step, pair: tuple[UUID, UUID]) -> str:
    """Ask a reviewer whether two households with key workers are one; once for each two."""
    assessment = step.assessment_ids[-1]
    decision = await store.find_decision_of(work.connection, assessment)
    if decision is None:
        return OVERTAKEN
    one, other = sorted(pair)
    id_ = derive_id(one, "link", other)
    due_at = work.now + timedelta(hours=run.model.review_hours[Urgency.ROUTINE])
    new = await store.save_question(
        work.connection, run.place_id, id_, assessment, pair, decision["weight"], due_at,
        run.id, work.now,
    )  # fmt: skip
    if new:
        proposed = LinkProposedV1(
            review_id=id_,
            household_ids=pair,
            assessment_id=assessment,
            proposed_at=work.now,
            due_at=due_at,
            evidence=MatchEvidence(
                decision_id=decision["id"],
                weight=decision["weight"],
                model_version=run.model.version,
                rule=RULE,
            ),
        )
        work.emit(proposed, place_id=run.place_id, journey_id=assessment, cause=id_)
    return ASKED


async def _move_people(work: Work, run: Run, id_: UUID, step: Step) -> str:
    named = [step.one, *([step.to] if step.to else [])]
    current = await linking_store.find_people(work.connection, named)
    one, to = current.get(step.one), current.get(step.to) if step.to else None
    if one is None or one == to or (step.to and to is None):
        return OVERTAKEN
    pointers = await people_linking.mentions_of(work.connection, [one])
    mine = [p.assessment_id for p in pointers]
    households = list({p.household_id for p in pointers})
    if await store.has_spoken_since(
        work.connection, households, [*named, *current.values()], run.began_at
    ):
        return OVERTAKEN
    taken = [a for a in step.assessment_ids if a in mine]
    if not taken:
        return OVERTAKEN
    if to is not None and len(taken) == len(mine):
        change = await people_linking.prepare_people_link(work.connection, id_, to, one)
        if change.lifted:
            return HELD
    else:
        change = await people_linking.prepare_people_separation(
            work.connection, id_, one, taken, to
        )
        pairs = {frozenset(p) for p in await linking_store.find_apart(work.connection, [one])}
        if to is not None and frozenset((one, to)) in pairs:
            return HELD
        change = replace(change, apart=())
    said = Said(LinkCause.NEW_MODEL, run.by, run.purpose, work.now)
    change = replace(change, together=())
    await people_linking.effect(work.connection, run.model, run.place_id, change, said)
    return DONE
