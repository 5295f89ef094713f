"""A reviewer's verdict, put into effect: load, decide, save, say."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from contracts.duplication import MatchReviewedV1
from contracts.vocabulary import Decision, Verdict
from contracts.vocabulary_changes import LinkCause
from services.duplication import linking, proposals, review
from services.duplication.absent import absent
from services.duplication.agreement import agreement_of
from services.duplication.changes import LINK
from services.duplication.linking import Said, moved_assessments
from services.duplication.model import Model
from services.duplication.model_in_force import model_for
from services.duplication.review_views import TakenView, VerdictBody, VerdictView
from services.duplication.saying import say
from services.duplication.state import State
from services.duplication.store.matching import load_people
from services.duplication.store.reading import find_current, find_mentions, save_looks
from services.duplication.store.restricting import Restated, find_alleged
from services.duplication.store.reviewing import (
    count_words,
    lock_review,
    save_cannot_links,
    save_confirmed,
    save_taken,
    save_verdict,
)
from services.duplication.views import SaidView
from services.kit.auth import Actor
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.telemetry_metrics import record as measure
from services.kit.work import Work, trial


async def give_verdict(
    work: Work,
    model: Model,
    review_id: UUID,
    body: VerdictBody,
    actor: Actor,
    *,
    tried: bool = False,
) -> VerdictView:
    """Close a review case. The same verdict again changes nothing; another one is refused.
    ``tried``: nothing of it will stay, so it is not measured."""
    case = await lock_review(work.connection, review_id)
    if case is None:
        raise await absent(work.connection, [review_id], "There is no such review.")
    await work.lock_place(case["place_id"])
    if case["verdict"] is not None:
        if case["verdict"] != body.verdict:
            raise Problem(
                HTTPStatus.CONFLICT, "This was answered meanwhile, and otherwise: load it again."
            )
        return VerdictView(
            review_id=review_id, verdict=body.verdict, household_id=case["current_household_id"]
        )
    if case["taken_by"] not in (None, actor.id):
        raise Problem(HTTPStatus.CONFLICT, "Somebody else has it. Ask them to give it back.")
    if not tried:
        answer = agreement_of(body.verdict, case["candidates"][0]["weight"])
        measure("kith.matching.answers", 1, place=case["place_id"], answer=answer)
    household_id: UUID = case["household_id"]
    if case["kind"] == LINK:
        household_id = await proposals.answer(work, model, case, body.verdict, actor)
        await save_verdict(work.connection, review_id, body.verdict, actor.id, work.now)
        return VerdictView(review_id=review_id, verdict=body.verdict, household_id=household_id)
    restricts: Restated = ([], [])
    if body.verdict is Verdict.SAME:
        household_id, restricts = await _same(work, model, case, body.household_id, actor)
    else:
        if body.verdict is Verdict.DIFFERENT:
            await _different(work, case, actor)
        await save_confirmed(work.connection, household_id)
    await save_verdict(work.connection, review_id, body.verdict, actor.id, work.now)
    await _say(work, case, body.verdict, household_id, actor, restricts)
    return VerdictView(review_id=review_id, verdict=body.verdict, household_id=household_id)


async def preview_verdict(
    work: Work, model: Model, review_id: UUID, body: VerdictBody, actor: Actor
) -> VerdictView:
    """What a verdict would change and say, found by giving it and leaving nothing of it."""
    case = await lock_review(work.connection, review_id)
    if case is None:
        raise await absent(work.connection, [review_id], "There is no such review.")
    look = [(review_id, case["place_id"])]
    await save_looks(work.connection, work.now, actor, "review", look)
    asked = [case["household_id"], *(UUID(c["household_id"]) for c in case["candidates"])]
    then = await find_current(work.connection, asked)
    async with trial(work) as tried:
        view = await give_verdict(tried, model, review_id, body, actor, tried=True)
        now = await find_current(work.connection, asked)
        apart, together = await count_words(work.connection, review_id)
    retired = [one for one, was in then.items() if was == one and now[one] != one]
    return view.model_copy(
        update={
            "preview": True,
            "place_id": case["place_id"],
            "retired_household_id": retired[0] if retired else None,
            "people_linked": max(0, together - 1),  # one is of the households
            "cannot_links": apart,
            "says": tuple(
                SaidView(type=said.event.TYPE, event=said.event.model_dump(mode="json"))
                for said in tried.outgoing
            ),
        }
    )


async def take(work: Work, review_id: UUID, actor: Actor, by: str | None) -> TakenView:
    """Take a case (``by`` the actor) or give it back (None). Nobody takes it out of other hands."""
    case = await lock_review(work.connection, review_id)
    if case is None:
        raise await absent(work.connection, [review_id], "There is no such review.")
    if case["verdict"] is not None:
        raise Problem(HTTPStatus.CONFLICT, "This has been answered: load it again to read how.")
    if case["taken_by"] not in (None, actor.id):
        raise Problem(HTTPStatus.CONFLICT, "Somebody else has it. Ask them to give it back.")
    await save_taken(work.connection, review_id, by, work.now)
    return TakenView(review_id=review_id, taken_by=by)


async def _same(
    work: Work, model: Model, case: Row, chosen: UUID | None, actor: Actor
) -> tuple[UUID, Restated]:
    """Link the provisional household with the one it is: a change like any other, which can be
    taken back. ``MatchReviewedV1`` says so."""
    offered = [UUID(c["household_id"]) for c in case["candidates"]]
    asked = chosen or offered[0]
    if asked not in offered:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "That household was not a candidate.")
    place_id, retired = case["place_id"], case["household_id"]
    target = (await find_current(work.connection, [asked]))[asked]
    pairs = review.considered(case["detail"])
    state = State()
    people = {p for pair in pairs for p in (pair.person_id, pair.best)}
    people.update(
        row["person_id"] for row in await find_mentions(work.connection, case["assessment_id"])
    )
    await load_people(work.connection, place_id, list(people), state)
    joined = review.pairs_to_join(state, pairs, target)
    alleged = (await find_alleged(work.connection, [target])).get(target, frozenset())
    if joined and {best for _, best in joined} <= alleged:
        raise Problem(
            HTTPStatus.CONFLICT,
            "These two are kept apart, so they cannot be one. Say that they are different.",
        )
    if target not in state.households or retired not in state.households:
        raise Problem(HTTPStatus.CONFLICT, "These households have changed since. Review it again.")
    change = await linking.prepare_link(work.connection, case["id"], target, retired, dict(joined))
    said = Said(LinkCause.REVIEW, actor.id, actor.purpose, work.now)
    own = await model_for(work.connection, place_id, model)
    touched = [target, retired]
    restricts = await linking.put_in_place(work.connection, own, place_id, change, said, touched)
    await save_confirmed(work.connection, retired)
    return target, restricts


async def _different(work: Work, case: Row, actor: Actor) -> None:
    offered = [UUID(c["household_id"]) for c in case["candidates"]]
    current = list((await find_current(work.connection, offered)).values())
    pairs = review.pairs_to_part(
        review.considered(case["detail"]), case["household_id"], [*dict.fromkeys(offered + current)]
    )
    await save_cannot_links(
        work.connection, case["place_id"], case["id"], pairs, actor.id, work.now
    )


async def _say(
    work: Work,
    case: Row,
    verdict: Verdict,
    household_id: UUID,
    actor: Actor,
    restricts: Restated,
) -> None:
    """Say what was decided: what is restricted now before it, what no longer is after it."""
    place_id, journey_id = case["place_id"], case["journey_id"]
    closed, opened = restricts
    (said,) = await moved_assessments(work.connection, [case["assessment_id"]])
    say(work, closed, place_id, journey_id, case["id"])
    work.emit(
        MatchReviewedV1(
            review_id=case["id"],
            assessment_id=case["assessment_id"],
            verdict=verdict,
            household_id=household_id,
            decision=Decision.MATCHED if verdict is Verdict.SAME else Decision.NEW,
            reviewed_by=actor.id,
            reviewed_at=work.now,
            facts=said.facts,
            evidence=said.evidence,
        ),
        place_id=place_id,
        journey_id=journey_id,
        cause=case["id"],
    )
    say(work, opened, place_id, journey_id, case["id"])
