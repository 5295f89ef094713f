"""The ledger of referrals avoided: each row with its evidence, and every count a count of rows."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.services.operations.conftest import Served
from tests.services.operations.examples import (
    START,
    Sent,
    Tale,
    first_contact,
    later_contact,
    link_undone,
    linked,
)
from tests.stack import Stack, eventually

TALES = (
    "routed", "opened", "provisional", "moved", "moved twice", "queued", "opened after all",
    "there and back",
)  # fmt: skip


async def _tell(stack: Stack, served: Served, *told: Tale | Sent) -> list[Sent]:
    sent = [s for one in told for s in (one.sent if isinstance(one, Tale) else [one])]
    await stack.publish(*sent)
    await served.has_seen(sent)
    return sent


async def test_a_row_leads_to_both_assessments_the_match_and_the_acknowledgement(
    stack: Stack, served: Served
) -> None:
    first = first_contact(stack)
    ours = {"household_id": first.household_id, "engagement_id": first.engagement_id}
    later = later_contact(stack, agency="wigan-police", **ours)
    await _tell(stack, served, later, first)  # whichever topic is read first
    [entry] = (await served.get("/v1/ledger"))["entries"]
    assert entry["assessment_id"] == str(later.id)
    assert entry["first_assessment_id"] == str(first.id)
    assert (entry["decision_id"], entry["match_weight"]) == (str(later.id), 21.5)
    assert (entry["key_worker_id"], entry["acknowledged_by"]) == ("kw-asha", "kw-asha")
    for assessment in (entry["assessment_id"], entry["first_assessment_id"]):
        assert (await served.get(f"/v1/journeys/{assessment}"))["id"] == assessment


@pytest.mark.parametrize("seed", range(4))
async def test_counts_equal_the_ledger_whatever_happened_in_whatever_order(
    stack: Stack, served: Served, seed: int
) -> None:
    chance = random.Random(seed)
    tales: list[Tale] = []
    standing = reversed_since = 0
    for _ in range(chance.randint(10, 16)):
        household = chance.choice(tales).household_id if tales else None
        tale = Tale(stack, household_id=household).recorded().matched()
        match chance.choice(TALES):
            case "routed":
                tale.routed().alerted()
                standing += 1
            case "opened":
                tale.opened().assigned()
            case "provisional":
                tale.routed(provisional=True)
            case "queued":
                tale.opened().queued()
            case "moved":
                tale.routed().reversed().reviewed(household_id=uuid4()).opened().assigned()
                reversed_since += 1
            case "moved twice":
                tale.routed().reversed().reviewed(household_id=uuid4())
                tale.engagement_id = uuid4()
                tale.routed()
                standing += 1
                reversed_since += 1
            case "opened after all":
                tale.routed().reversed().opened().assigned()
                reversed_since += 1
            case "there and back":
                tale.routed().reversed().routed()
                standing += 1
                reversed_since += 1
        tales.append(tale)
    sent = [event for tale in tales for event in tale.sent]
    twice = sent + chance.choices(sent, k=10)
    await stack.publish(*chance.sample(twice, len(twice)))
    await served.has_seen(sent)

    impact = await served.get("/v1/impact")
    rows = (await served.get("/v1/ledger", limit=100))["entries"]
    stand = [row for row in rows if row["reversed_at"] is None]
    assert impact["referrals_avoided"] == len(stand) == standing
    assert impact["avoided_then_reversed"] == len(rows) - len(stand) == reversed_since
    assert sum(kind["count"] for kind in impact["avoided"]) == standing
    by_household = [
        entry
        for id_ in {row["household_id"] for row in rows}
        for entry in (await served.get("/v1/ledger", household=id_))["entries"]
    ]
    assert len(by_household) == len(rows)


async def test_the_ledger_follows_households_that_are_linked_and_comes_back(
    stack: Stack, served: Served
) -> None:
    kept, retired = first_contact(stack), first_contact(stack)
    one = later_contact(stack, household_id=kept.household_id)
    two = later_contact(stack, household_id=retired.household_id)
    link = uuid4()
    await _tell(
        stack,
        served,
        *(kept, retired, one, two),
        linked(stack, link, kept.household_id, retired.household_id),
    )

    async def rows_of(tale: Tale) -> set[str]:
        found = await served.get("/v1/ledger", household=tale.household_id)
        return {entry["assessment_id"] for entry in found["entries"]}

    both = {str(one.id), str(two.id)}
    assert await rows_of(kept) == await rows_of(retired) == both
    impact = await served.get("/v1/impact")
    assert (impact["households"], impact["later_assessments"]) == (1, 3)
    assert impact["referrals_avoided"] == 2

    await stack.publish(link_undone(stack, link, kept.household_id, retired.household_id))
    await eventually(lambda: rows_of(kept), lambda rows: rows == {str(one.id)})
    assert await rows_of(retired) == {str(two.id)}
    impact = await served.get("/v1/impact")
    assert (impact["households"], impact["later_assessments"]) == (2, 2)


async def test_what_came_to_linked_households_goes_with_the_one_that_it_is_of(
    stack: Stack, served: Served
) -> None:
    """Undone, a link leaves each assessment where it is said to be, and what was avoided only
    through the link is not avoided any more."""
    kept, retired, link = first_contact(stack), first_contact(stack), uuid4()
    mine = later_contact(stack, household_id=kept.household_id, agency="wigan-police")
    theirs = later_contact(stack, household_id=kept.household_id, agency="wigan-homes")
    mine.reversed().opened().assigned()  # to the retired one's key worker, who is not mine
    undone = link_undone(
        stack,
        link,
        kept.household_id,
        retired.household_id,
        theirs,
        time=START + timedelta(minutes=1),
    )
    await _tell(
        stack,
        served,
        *(kept, retired, mine, theirs),
        linked(stack, link, kept.household_id, retired.household_id),
        undone,
    )
    [entry] = (await served.get("/v1/ledger", household=retired.household_id))["entries"]
    assert (entry["assessment_id"], entry["reversed_at"]) == (str(theirs.id), None)
    assert entry["household_id"] == str(kept.household_id)
    assert entry["household_now"] == str(retired.household_id)
    [entry] = (await served.get("/v1/ledger", household=kept.household_id))["entries"]
    assert entry["assessment_id"] == str(mine.id)
    assert entry["reversed_at"] is not None
    impact = await served.get("/v1/impact")
    assert (impact["referrals_avoided"], impact["avoided_then_reversed"]) == (1, 1)
    assert (impact["households"], impact["households_by_assessments"]) == (2, {"2": 2})


async def test_a_row_is_acknowledged_by_whom_it_was_routed_to_and_not_by_who_had_it_before(
    stack: Stack, served: Served
) -> None:
    tale = Tale(stack).recorded().matched().routed().alerted().acknowledged()
    tale.now += timedelta(minutes=1)
    tale.reversed()
    tale.engagement_id = uuid4()
    await _tell(stack, served, tale.reviewed(household_id=uuid4()).routed())
    after, before = (await served.get("/v1/ledger"))["entries"]
    assert (before["acknowledged_by"], after["acknowledged_by"]) == ("kw-asha", None)
    assert before["reversed_at"] is not None
    assert after["reversed_at"] is None


async def test_a_link_taken_back_before_it_is_heard_of_links_nothing(
    stack: Stack, served: Served
) -> None:
    kept, retired, link = first_contact(stack), first_contact(stack), uuid4()
    await _tell(
        stack,
        served,
        *(kept, retired),
        link_undone(stack, link, kept.household_id, retired.household_id),
        linked(stack, link, kept.household_id, retired.household_id),
    )
    assert (await served.get("/v1/impact"))["households"] == 2
