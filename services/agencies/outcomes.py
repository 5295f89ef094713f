"""What an agency is told of an assessment: pure, and the same whatever order facts arrive in.

Three topics speak of an assessment, each in its own order, so what was said is kept as facts and
the standing is worked out from all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import OutcomeKind
from contracts.vocabulary_alerts import AlertKind
from services.agencies.engagements import Engagement, whom_to_call
from services.agencies.facts import FINAL, Acknowledgement, Known, Named, Standing, latest
from services.kit.access import Hidden


@dataclass(frozen=True, slots=True)
class Decided:
    """What kind of thing was decided last about an assessment, who was named then, and of which
    household it is now."""

    kind: OutcomeKind | None = None
    named: Named | None = None
    household_id: UUID | None = None


def decided(known: Known) -> Decided:
    """What counts of all that is known of an assessment."""
    last = _last(known)
    possible, review = known.possible, known.review
    if possible is not None and (last is None or last[1].at < possible.at):
        return Decided(OutcomeKind.UNDER_REVIEW, possible, possible.household_id)
    if review is not None and (last is None or last[1].at < review.at):
        return Decided(OutcomeKind.UNDER_REVIEW)
    if last is None:
        return Decided()
    kind, named = last
    return Decided(kind, named, latest(known.home, named).household_id)


def stand(
    assessment_id: UUID,
    known: Known,
    engagements: Mapping[UUID, Engagement],
    acknowledgements: Iterable[Acknowledgement],
) -> Standing:
    """How the assessment stands, from all that is known.

    ``engagements`` and ``acknowledgements`` may hold others' too.
    """
    found = decided(known)
    named = found.named
    return Standing(
        kind=found.kind,
        contact=whom_to_call(named, found.household_id, engagements) if named else None,
        front_door=known.front_door.contact if known.front_door else None,
        acknowledged_at=_acknowledged(assessment_id, found, acknowledgements),
        household_id=found.household_id,
        engagement_id=named.engagement_id if named else None,
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


def _last(known: Known) -> tuple[OutcomeKind, Named] | None:
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


_ANSWERS = {
    OutcomeKind.OPENED: AlertKind.ASSIGNED,
    OutcomeKind.ROUTED: AlertKind.ROUTED,
    OutcomeKind.UNDER_REVIEW: AlertKind.POSSIBLE_MATCH,
}
"""Which alert the key worker acknowledges; a team lead's or front door's word does not count."""


def _acknowledged(
    assessment_id: UUID, found: Decided, acknowledgements: Iterable[Acknowledgement]
) -> datetime | None:
    if found.named is None or found.kind not in _ANSWERS:
        return None
    households = {None, found.named.household_id, found.household_id}
    return min(
        (
            a.at
            for a in acknowledgements
            if a.assessment_id == assessment_id
            and a.kind is _ANSWERS[found.kind]
            and a.household_id in households
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
