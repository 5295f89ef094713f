"""Agencies are told whom to call as it is now: after a handover, a link, an end, and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Envelope, Event
from contracts.handovers import (
    EngagementEndedV1,
    HouseholdMovedV1,
    KeyWorkerChangedV1,
    ReferralClosedV1,
)
from contracts.outcomes import AssessmentOutcomeV1
from contracts.topics import OUTCOMES
from contracts.vocabulary import ChangeReason, ReversalReason
from services.agencies.engagements import Engagement, both, engagement_said
from tests.services.agencies import events as told
from tests.services.agencies.place import Place, submission
from tests.stack import Stack, eventually

BEGAN = datetime.now(UTC)


class Story:
    """Events of one place, each a second after the one before, as keyworkers would send them."""

    def __init__(self, place: Place, stack: Stack) -> None:
        self.place, self.stack, self.seconds = place, stack, 0

    async def send(self, reference: str) -> UUID:
        return UUID((await self.place.post(submission(reference))).json()["assessment_id"])

    async def say(self, *events: Event) -> None:
        await self.stack.publish(*(self.at(event) for event in events))

    def at(self, event: Event) -> tuple[Envelope, Event]:
        self.seconds += 1
        return replace(
            self.stack.envelope(event), time=BEGAN + timedelta(seconds=self.seconds)
        ), event

    async def told_of(self, assessment_id: UUID, name: str | None) -> dict[str, Any]:
        """What the agency is told, once that person is whom to call."""

        async def ask() -> dict[str, Any]:
            return dict((await self.place.get(f"/v1/assessments/{assessment_id}")).json())

        return await eventually(
            ask,
            lambda found: found["version"] > 0 and (found["contact"] or {}).get("name") == name,
        )


def changed(engagement: UUID, household: UUID, name: str) -> KeyWorkerChangedV1:
    return KeyWorkerChangedV1(
        engagement_id=engagement,
        household_id=household,
        team_id="wigan-north",
        previous_key_worker_id="kim",
        key_worker=told.recipient(name),
        reason=ChangeReason.LONG_ABSENCE,
        cause=told.cause(uuid4()),
        alert=told.PLAN,
        reasons=(f"{name} accepted the handover",),
    )


def moved(
    engagement: UUID | None,
    referral: UUID,
    before: UUID,
    after: UUID,
    name: str | None,
    *assessments: UUID,
) -> HouseholdMovedV1:
    return HouseholdMovedV1(
        previous_household_id=before,
        household_id=after,
        referral_id=referral,
        engagement_id=engagement,
        key_worker=told.recipient(name) if name else None,
        assessment_ids=assessments,
        reason=ReversalReason.LINKED,
    )


def ended(
    engagement: UUID, household: UUID, reason: ChangeReason = ChangeReason.HELPED
) -> EngagementEndedV1:
    return EngagementEndedV1(
        engagement_id=engagement,
        referral_id=uuid4(),
        household_id=household,
        key_worker_id="kim",
        reason=reason,
        ended_at=BEGAN,
    )


async def test_after_a_handover_every_agency_is_told_the_new_key_worker_in_order(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    first, second = await story.send("WPS-1"), await story.send("WPS-2")
    household, referral = uuid4(), uuid4()
    assigned = told.assigned(first, household, referral, "Kim")
    engagement = assigned.engagement_id
    routed = told.routed(second, household, "Kim").model_copy(update={"engagement_id": engagement})
    await story.say(assigned, routed, changed(engagement, household, "Ola"))
    for assessment in (first, second):
        shown = await story.told_of(assessment, "Ola")
        assert shown["final"]
    await story.say(changed(engagement, household, "Sam"))
    for assessment in (first, second):
        shown = await story.told_of(assessment, "Sam")
        assert shown["history"][-1]["reason"] == "the household has another key worker now"
    found = await stack.read(
        OUTCOMES, lambda f: sum("Sam" in e.model_dump_json() for _, e in f) == 2
    )
    said = [e for _, e in found if isinstance(e, AssessmentOutcomeV1)]
    assert all(outcome.reason for outcome in said)
    of_first = [o for o in said if o.assessment_id == first]
    assert [o.version for o in of_first] == list(range(1, len(of_first) + 1))
    words = " ".join(str(o.reason) for o in said).casefold()
    assert not any(word in words for word in ("kim", "ola", "sam", "absence", "accepted"))


async def test_when_an_engagement_has_ended_there_is_nobody_to_call_and_not_why(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    assessment, household = await story.send("WPS-1"), uuid4()
    assigned = told.assigned(assessment, household, uuid4(), "Kim")
    await story.say(assigned)
    await story.told_of(assessment, "Kim")
    await story.say(ended(assigned.engagement_id, household))
    shown = await story.told_of(assessment, None)
    assert (shown["status"], shown["contact"]) == ("opened", None)
    assert shown["history"][-1]["reason"] == "the key worker's time with this household has ended"


async def test_what_moves_with_its_household_is_told_only_when_somebody_else_is_to_call(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    assessment, before, after = await story.send("WPS-1"), uuid4(), uuid4()
    referral = uuid4()
    assigned = told.assigned(assessment, before, referral, "Kim")
    engagement = assigned.engagement_id
    await story.say(assigned)
    await story.told_of(assessment, "Kim")
    await story.say(
        moved(engagement, referral, before, after, "Kim"), changed(engagement, after, "Ola")
    )
    shown = await story.told_of(assessment, "Ola")
    assert shown["version"] == 2


async def test_of_two_linked_households_agencies_are_told_the_key_worker_who_stays(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    kept_one, lost_one = await story.send("WPS-1"), await story.send("WPS-2")
    kept, retired = uuid4(), uuid4()
    stays = told.assigned(kept_one, retired, uuid4(), "Kim")
    goes = told.assigned(lost_one, kept, uuid4(), "Lee")
    await story.say(stays, goes)
    await story.told_of(lost_one, "Lee")
    # The longer engagement was the retired household's: it moves, and the other ends.
    await story.say(
        moved(stays.engagement_id, stays.referral_id, retired, kept, "Kim"),
        ended(goes.engagement_id, kept, ChangeReason.LINKED),
    )
    await story.told_of(lost_one, "Kim")
    await story.say(changed(stays.engagement_id, kept, "Ola"))
    await story.told_of(kept_one, "Ola")
    await story.told_of(lost_one, "Ola")
    # Undone: what had ended is taken up again.
    await story.say(moved(goes.engagement_id, goes.referral_id, kept, kept, "Lee"))
    await story.told_of(kept_one, "Ola")
    await story.told_of(lost_one, "Lee")


async def test_what_was_routed_has_its_own_key_worker_again_once_a_link_is_undone(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    first, second, third = [await story.send(f"WPS-{n}") for n in range(3)]
    kept, retired = uuid4(), uuid4()
    stays = told.assigned(first, kept, uuid4(), "Kim")
    goes = told.assigned(second, retired, uuid4(), "Lee")
    routed = told.routed(third, retired, "Lee")
    await story.say(stays, goes, routed.model_copy(update={"engagement_id": goes.engagement_id}))
    await story.told_of(third, "Lee")
    await story.say(ended(goes.engagement_id, kept, ChangeReason.LINKED))
    await story.told_of(third, "Kim")
    await story.say(moved(goes.engagement_id, goes.referral_id, kept, retired, "Lee"))
    await story.told_of(third, "Lee")


async def test_what_rests_on_another_engagement_and_moves_with_it_is_told_of_that_one(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    first, second, third = [await story.send(f"WPS-{n}") for n in range(3)]
    kept, other = uuid4(), uuid4()
    stays = told.assigned(first, kept, uuid4(), "Kim")
    lost = told.assigned(second, kept, uuid4(), "Lee")
    await story.say(stays, lost, ended(lost.engagement_id, kept, ChangeReason.LINKED))
    await story.told_of(second, "Kim")
    # Both go, and what stays of the household has somebody new.
    gone = moved(stays.engagement_id, stays.referral_id, kept, other, "Kim", first, second)
    await story.say(gone, told.assigned(third, kept, uuid4(), "Sam"))
    await story.told_of(third, "Sam")
    await story.say(changed(stays.engagement_id, other, "Ola"))
    await story.told_of(first, "Ola")
    await story.told_of(second, "Ola")


async def test_who_waits_on_a_referral_that_joined_another_is_told_its_key_worker(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    other, waiting = await story.send("WPS-1"), await story.send("WPS-2")
    kept, retired = uuid4(), uuid4()
    lost_referral, kept_referral = uuid4(), uuid4()
    await story.say(told.queued(waiting, retired, lost_referral, "Lead"))
    await story.told_of(waiting, "Lead")
    await story.say(
        ReferralClosedV1(
            referral_id=lost_referral,
            household_id=kept,
            kept_referral_id=kept_referral,
            reason=ReversalReason.LINKED,
        ),
        told.assigned(other, kept, kept_referral, "Kim"),
    )
    shown = await story.told_of(waiting, "Kim")
    assert shown["status"] == "opened"
    await story.say(moved(None, lost_referral, kept, retired, None))
    assert (await story.told_of(waiting, "Lead"))["status"] == "queued"


async def test_redelivered_changes_are_told_once(place: Place, stack: Stack) -> None:
    story = Story(place, stack)
    assessment, household = await story.send("WPS-1"), uuid4()
    assigned = told.assigned(assessment, household, uuid4(), "Kim")
    await story.say(assigned)
    change = story.at(changed(assigned.engagement_id, household, "Ola"))
    await stack.publish(change, change)
    await story.told_of(assessment, "Ola")
    await place.fetch("delete from consumed_event")
    marker = await story.send("WPS-2")
    await stack.publish(change)
    await story.say(told.routed(marker, uuid4(), "Sam"))
    await story.told_of(marker, "Sam")
    assert (await story.told_of(assessment, "Ola"))["version"] == 2


@given(st.permutations(range(5)))
def test_what_is_known_of_an_engagement_does_not_depend_on_the_order(order: list[int]) -> None:
    engagement, household = UUID(int=1), UUID(int=2)
    events: list[Event] = [
        changed(engagement, household, "Ola"),
        moved(engagement, UUID(int=3), household, UUID(int=4), "Ola"),
        ended(engagement, UUID(int=4), ChangeReason.LINKED),
        moved(engagement, UUID(int=3), UUID(int=4), household, "Ola"),
        changed(engagement, household, "Sam"),
    ]
    said = [
        engagement_said(BEGAN + timedelta(seconds=n), UUID(int=n), event)
        for n, event in enumerate(events)
    ]

    def fold(numbers: list[int]) -> Engagement | None:
        known: Engagement | None = None
        for number in numbers:
            one = said[number]
            assert one is not None
            known = both(known, one)
        return known

    known = fold(order)
    assert known == fold([0, 1, 2, 3, 4])
    assert known is not None
    assert known.held is not None
    assert (known.held.contact.name, known.has_ended) == ("Sam", False)
