"""What an agency is told of an assessment: pure, and the same whatever order facts arrive in.

Three topics speak of an assessment, each in its own order, so what was said is kept as facts and
the standing is worked out from all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import AlertKind, OutcomeKind
from services.agencies.engagements import Engagement, now_named, rests_on
from services.agencies.facts import (
    FINAL,
    Acknowledgement,
    Assignment,
    Known,
    Named,
    Standing,
    latest,
)
from services.kit.access import Hidden


def stand(
    assessment_id: UUID,
    known: Known,
    assignments: Iterable[Assignment],
    acknowledgements: Iterable[Acknowledgement],
    engagements: Mapping[UUID, Engagement] | None = None,
    kept: Mapping[UUID, UUID] | None = None,
) -> Standing:
    """How the assessment stands, from all that is known.

    ``assignments``, ``acknowledgements`` and ``engagements`` may hold others' too. A waiting
    assessment is opened with whoever is named for its referral, or for the referral ``kept`` with
    which its household went on, or for its household since it began to wait.
    """
    decided = _decided(known)
    kind, named = decided or (None, None)
    assignment = None
    assignments = list(assignments)
    if kind in {OutcomeKind.QUEUED, OutcomeKind.OPENED} and named is not None:
        joined = (kept or {}).get(named.referral_id) if named.referral_id else None
        if joined is not None:
            named = named.model_copy(update={"referral_id": joined})
        assignment = _assignment_for(named, assignments)
        if assignment is not None:
            kind = OutcomeKind.OPENED
            named = assignment if joined is not None else latest(named, assignment)
    possible = known.possible
    if possible is not None and decided is not None and decided[1].at >= possible.at:
        possible = None
    reviewed_again = known.review is not None and (
        decided is None or decided[1].at < known.review.at
    )
    if possible is not None or reviewed_again:
        kind, named, assignment = OutcomeKind.UNDER_REVIEW, possible, None
    answers = {assessment_id} | ({assignment.assessment_id} if assignment else set())
    now, contact = None, None
    if named is not None:
        moved = known.moved if kind in FINAL else None
        rests = rests_on(named, moved, engagements or {})
        now, contact = now_named(rests, engagements or {}, assignments)
    at_homes = {named.household_id, now.household_id} if named and now else set()
    return Standing(
        kind=kind,
        contact=contact,
        front_door=known.front_door.contact if known.front_door else None,
        acknowledged_at=_acknowledged(kind, at_homes, answers, acknowledgements),
        household_id=now.household_id if now else None,
        referral_id=named.referral_id if named else None,
        engagement_id=now.engagement_id if now else None,
    )


def disclosed(
    known: Known, standing: Standing, hidden: Mapping[UUID, Hidden], *, lifted: bool = False
) -> Standing:
    """The standing as its agency may know it. Of a restricted household no agency is told who the
    key worker is, nor a desk of where it lives: the place's own desks pass a message on.

    ``hidden``: households that somebody outside may not know of. ``lifted``: what the assessment
    itself stated of that counts no more.
    """
    found = hidden.get(standing.household_id) if standing.household_id else None
    if found is None and (lifted or not known.restricted):
        return standing
    door = found.front_door if found else None
    if door is None and known.front_door is not None:
        # Of no household yet, or its list was not heard: the place's own is said with the notice.
        door = known.front_door.of_place
    return standing.model_copy(
        update={
            "restricted": True,
            "contact": found.desk if found and standing.contact else None,
            "front_door": door if standing.front_door else None,
        }
    )


def _decided(known: Known) -> tuple[OutcomeKind, Named] | None:
    """The last thing decided about the assessment itself, and what kind of thing it is."""
    found = [
        (fact.at, kind is not OutcomeKind.QUEUED, fact.event_id, kind, fact)
        for kind, fact in (
            (OutcomeKind.QUEUED, known.queued),
            (OutcomeKind.OPENED, known.opened),
            (OutcomeKind.ROUTED, known.routed),
        )
        if fact is not None
    ]
    if not found:
        return None
    *_, kind, fact = max(found, key=lambda entry: entry[:3])
    return kind, fact


def _assignment_for(named: Named, assignments: Iterable[Assignment]) -> Assignment | None:
    own, of_household = None, None
    for assignment in assignments:
        if assignment.referral_id == named.referral_id:
            own = latest(own, assignment)
        elif assignment.household_id == named.household_id and assignment.at >= named.at:
            of_household = latest(of_household, assignment)
    return own or of_household


_ANSWERS = {
    OutcomeKind.OPENED: AlertKind.ASSIGNED,
    OutcomeKind.ROUTED: AlertKind.ROUTED,
    OutcomeKind.UNDER_REVIEW: AlertKind.POSSIBLE_MATCH,
}
"""Which alert the key worker acknowledges; a team lead's or front door's word does not count."""


def _acknowledged(
    kind: OutcomeKind | None,
    household_ids: set[UUID],
    assessment_ids: set[UUID],
    acknowledgements: Iterable[Acknowledgement],
) -> datetime | None:
    if kind is None or kind not in _ANSWERS or not household_ids:
        return None
    return min(
        (
            a.at
            for a in acknowledgements
            if a.assessment_id in assessment_ids
            and a.kind is _ANSWERS[kind]
            and (a.household_id is None or a.household_id in household_ids)
        ),
        default=None,
    )


_WORDS = {
    OutcomeKind.UNDER_REVIEW: "a person is checking which household this is",
    OutcomeKind.QUEUED: "a referral is open and waits for a key worker with room",
    OutcomeKind.OPENED: "a referral was opened and a key worker named",
    OutcomeKind.ROUTED: "the household already had a key worker",
}


def what_changed(before: Standing, after: Standing) -> str | None:
    """Why the agency is told again, in words; None where it has nothing new to learn."""
    if after.kind is None:
        return None
    told: list[str] = []
    if after.kind is not before.kind:
        if before.kind in FINAL:
            told.append("it was decided again which household this is")
        told.append(_WORDS[after.kind])
    elif after.contact != before.contact:
        told.append(_who_to_call(before, after))
    if after.front_door != before.front_door or (before.kind is None and after.front_door):
        told.append("the statutory front door was told")
    if after.acknowledged_at != before.acknowledged_at:
        told.append(
            "the key worker knows" if after.acknowledged_at else "the key worker was told anew"
        )
    return "; ".join(told) or None


def _who_to_call(before: Standing, after: Standing) -> str:
    """Why there is somebody else to call, or nobody. Words of a closed list: why a key worker goes
    is theirs, and why an engagement ends is the household's."""
    if after.restricted != before.restricted:
        return "there is somebody else to call"
    if after.contact is None:
        if after.final:
            return "the key worker's time with this household has ended"
        return "there is nobody to call yet"
    if after.final and before.contact is None:
        return "the household has a key worker again"
    if after.final and after.engagement_id is not None:
        if after.engagement_id == before.engagement_id:
            return "the household has another key worker now"
        return "it was decided again which household this is"
    return "there is somebody else to call"
