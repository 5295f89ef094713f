"""Agencies are told whom to call as it is now: after a handover, a link, an end, and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Envelope, Event
from contracts.keyworkers import KeyWorkerAssignedV1
from contracts.outcomes import AssessmentOutcomeV1
from contracts.topics import OUTCOMES
from contracts.vocabulary_changes import ChangeReason
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

    async def begin(self, household: UUID) -> tuple[UUID, KeyWorkerAssignedV1]:
        """An assessment, and Kim named for its household, as the agency has been told."""
        assessment = await self.send("WPS-1")
        assigned = told.assigned(assessment, household, uuid4(), "Kim")
        await self.say(assigned)
        await self.told_of(assessment, "Kim")
        return assessment, assigned


async def test_after_a_handover_every_agency_is_told_the_new_key_worker_in_order(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    first, second = await story.send("WPS-1"), await story.send("WPS-2")
    household, referral = uuid4(), uuid4()
    assigned = told.assigned(first, household, referral, "Kim")
    engagement = assigned.engagement_id
    routed = told.routed(second, household, "Kim").model_copy(update={"engagement_id": engagement})
    await story.say(assigned, routed, told.changed(engagement, household, "Ola"))
    for assessment in (first, second):
        shown = await story.told_of(assessment, "Ola")
        assert shown["final"]
    await story.say(told.changed(engagement, household, "Sam"))
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
    story, household = Story(place, stack), uuid4()
    assessment, assigned = await story.begin(household)
    await story.say(told.ended(assigned.engagement_id, household))
    shown = await story.told_of(assessment, None)
    assert (shown["status"], shown["contact"]) == ("opened", None)
    assert shown["history"][-1]["reason"] == "the key worker's time with this household has ended"


async def test_what_moves_with_its_household_is_told_only_when_somebody_else_is_to_call(
    place: Place, stack: Stack
) -> None:
    story, before, after = Story(place, stack), uuid4(), uuid4()
    assessment, assigned = await story.begin(before)
    engagement = assigned.engagement_id
    await story.say(
        told.are_of(after, assessment),
        told.moved(engagement, before, after, "Kim"),
        told.changed(engagement, after, "Ola"),
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
        told.are_of(kept, kept_one),
        told.moved(stays.engagement_id, retired, kept, "Kim"),
        told.ended(goes.engagement_id, kept, ChangeReason.LINKED),
    )
    await story.told_of(lost_one, "Kim")
    await story.say(told.changed(stays.engagement_id, kept, "Ola"))
    await story.told_of(kept_one, "Ola")
    await story.told_of(lost_one, "Ola")
    # Undone: what had ended is taken up again.
    await story.say(
        told.are_of(retired, kept_one),
        told.moved(goes.engagement_id, kept, kept, "Lee"),
        told.moved(stays.engagement_id, kept, retired, "Ola"),
    )
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
    await story.say(
        told.are_of(kept, second, third),
        told.ended(goes.engagement_id, kept, ChangeReason.LINKED),
    )
    await story.told_of(third, "Kim")
    await story.say(
        told.are_of(retired, second, third),
        told.moved(goes.engagement_id, kept, retired, "Lee"),
    )
    await story.told_of(third, "Lee")


async def test_what_rests_on_another_engagement_and_moves_with_it_is_told_of_that_one(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    first, second, third = [await story.send(f"WPS-{n}") for n in range(3)]
    kept, other = uuid4(), uuid4()
    stays = told.assigned(first, kept, uuid4(), "Kim")
    lost = told.assigned(second, kept, uuid4(), "Lee")
    await story.say(stays, lost, told.ended(lost.engagement_id, kept, ChangeReason.LINKED))
    await story.told_of(second, "Kim")
    # Both go, and what stays of the household has somebody new.
    await story.say(
        told.are_of(other, first, second),
        told.moved(stays.engagement_id, kept, other, "Kim"),
        told.assigned(third, kept, uuid4(), "Sam"),
    )
    await story.told_of(third, "Sam")
    await story.say(told.changed(stays.engagement_id, other, "Ola"))
    await story.told_of(first, "Ola")
    await story.told_of(second, "Ola")


async def test_what_a_link_ended_is_told_who_goes_on_wherever_its_household_goes(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    first, second, third = [await story.send(f"WPS-{n}") for n in range(3)]
    kept, retired, other = uuid4(), uuid4(), uuid4()
    stays = told.assigned(first, kept, uuid4(), "Kim")
    goes = told.assigned(second, retired, uuid4(), "Lee")
    longest = told.assigned(third, other, uuid4(), "Sam")
    await story.say(
        longest,
        stays,
        goes,
        told.are_of(kept, second),
        told.ended(goes.engagement_id, kept, ChangeReason.LINKED),
        told.ended(stays.engagement_id, kept),
    )
    for assessment in (first, second):
        await story.told_of(assessment, None)
    # Nothing of it is open any more: that its assessments are another household's is all there is.
    await story.say(told.are_of(other, first, second))
    await story.told_of(second, "Sam")
    assert (await story.told_of(first, None))["version"] == 2, "a person ended the work with it"
    await story.say(told.changed(longest.engagement_id, other, "Ola"))
    await story.told_of(second, "Ola")


async def test_who_waits_is_told_a_key_worker_once_it_went_to_one_and_waits_again_where_it_does(
    place: Place, stack: Stack
) -> None:
    story = Story(place, stack)
    other, waiting = await story.send("WPS-1"), await story.send("WPS-2")
    kept, retired = uuid4(), uuid4()
    assigned = told.assigned(other, kept, uuid4(), "Kim")
    await story.say(assigned, told.queued(waiting, retired, uuid4(), "Lead"))
    await story.told_of(waiting, "Lead")
    routed = told.routed(waiting, kept, "Kim")
    await story.say(
        told.are_of(kept, waiting),
        routed.model_copy(update={"engagement_id": assigned.engagement_id}),
    )
    assert (await story.told_of(waiting, "Kim"))["status"] == "routed"
    await story.say(told.queued(waiting, retired, uuid4(), "Lead"))
    assert (await story.told_of(waiting, "Lead"))["status"] == "queued"


async def test_redelivered_changes_are_told_once(place: Place, stack: Stack) -> None:
    story, household = Story(place, stack), uuid4()
    assessment, assigned = await story.begin(household)
    change = story.at(told.changed(assigned.engagement_id, household, "Ola"))
    await stack.publish(change, change)
    await story.told_of(assessment, "Ola")
    await place.fetch("delete from consumed_event")
    marker = await story.send("WPS-2")
    await stack.publish(change)
    await story.say(told.routed(marker, uuid4(), "Sam"))
    await story.told_of(marker, "Sam")
    assert (await story.told_of(assessment, "Ola"))["version"] == 2


@given(st.permutations(range(6)))
def test_what_is_known_of_an_engagement_does_not_depend_on_the_order(order: list[int]) -> None:
    household = UUID(int=2)
    assigned = told.assigned(UUID(int=1), household, UUID(int=3), "Kim")
    engagement = assigned.engagement_id
    events: list[Event] = [
        assigned,
        told.changed(engagement, household, "Ola"),
        told.moved(engagement, household, UUID(int=4), "Ola"),
        told.ended(engagement, UUID(int=4), ChangeReason.LINKED),
        told.moved(engagement, UUID(int=4), household, "Ola"),
        told.changed(engagement, household, "Sam"),
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
    assert known == fold([0, 1, 2, 3, 4, 5])
    assert known is not None
    assert known.held_now is not None
    assert (known.held_now.contact.name, known.ended_by_link) == ("Sam", False)
