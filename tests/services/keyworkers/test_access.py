"""Rule 6: who may know of a restricted household is a list, kept, versioned, and obeyed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from contracts.links import HouseholdsSeparatedV1, MovedAssessment
from contracts.restrictions import AccessChangedV1
from contracts.vocabulary import Harm
from contracts.vocabulary_access import AccessReason
from contracts.vocabulary_changes import LinkCause
from services.keyworkers.access import Entry, Joined, entries_in_force
from tests.services.keyworkers.building import (
    EVIDENCE,
    MONDAY_TEN,
    facts,
    linked,
    matched,
    separated,
    uid,
)
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    handled,
    put_place,
    running,
    table,
    turn,
)
from tests.services.keyworkers.relationship import engagement, other_than
from tests.services.keyworkers.restricting import (
    DESK,
    LEAD,
    OFFICER,
    A,
    Asking,
    B,
    link,
    opened,
    restricted,
    restricted_household,
    versions,
)
from tests.stack import Stack


async def test_rule_6_the_list_is_the_key_worker_and_whom_the_lead_names(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, ask, mine):
        other = other_than(mine)
        assert await ask.readers() == {mine: "key_worker"}
        for nobody in (other, "leigh-west", "reviewer", "operations", "bolton"):
            assert (await ask.get(nobody)).status_code == 403
            assert (await ask.add(nobody, nobody)).status_code == 403
        shown = (await ask.get(LEAD)).json()
        assert (shown["may_change"], shown["may_enter"]) == (True, False)
        assert not (await ask.get(DESK)).json()["may_change"], "it passes messages on"
        until = (clock() + timedelta(days=1)).isoformat()
        assert (await ask.add(LEAD, "cat", until=until)).status_code == 201
        assert await ask.readers() == {mine: "key_worker", "cat": "named"}
        page = await ask.get("cat", f"/v1/households/{A}/engagement")
        assert page.json()["key_worker_id"] == mine
        bare = (await ask.get(other, f"/v1/households/{A}/engagement")).json()
        assert (bare["hidden"], bare["key_worker_id"], bare["assessments"]) == (True, None, [])
        clock.turn(days=2)
        bare = (await ask.get("cat", f"/v1/households/{A}/engagement")).json()
        assert bare["hidden"], "their time is over, whether or not it was said"
        looks = await table(service, "select actor, shown from access_look order by look_id")
        assert {"actor": other, "shown": False} in looks
        assert {"actor": "cat", "shown": True} in looks


async def test_rule_6_who_could_know_on_a_day_is_answered_from_what_was_kept(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, ask, mine):
        before = clock()
        clock.turn(hours=1)
        await ask.add(OFFICER, "cat")
        then = clock()
        clock.turn(hours=1)
        path = f"/v1/households/{A}/access/cat/remove"
        assert (await ask.post(LEAD, path, reason="no_longer_needed")).status_code == 200
        assert await ask.readers(at=before.isoformat()) == {mine: "key_worker"}
        assert await ask.readers(at=then.isoformat()) == {mine: "key_worker", "cat": "named"}
        assert await ask.readers() == {mine: "key_worker"}
        assert await ask.readers(at=(before - timedelta(days=1)).isoformat()) == {}
        history = (await ask.get(OFFICER, f"/v1/households/{A}/access/history")).json()
        assert [v["version"] for v in history["versions"]] == [3, 2, 1]
        [logged] = history["log"]
        assert (logged["added_by"], logged["removed_by"]) == (OFFICER, LEAD)
        assert logged["added_by_name"] == "Privacy officer"
        assert LEAD not in (logged["removed_by_name"], None), "a name, where the place has one"
        for kept in ("access_version", "access_entry", "access_removal", "access_look"):
            with pytest.raises(asyncpg.PostgresError):
                await service.pool.execute(f"delete from {kept}")


async def test_rule_6_an_old_key_worker_drops_off_and_the_new_one_is_on(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, ask, mine):
        held = await engagement(service)
        other = other_than(mine)
        path = f"/v1/engagements/{held['engagement_id']}/handovers"
        asked = (await ask.post(mine, path, to_key_worker_id=other)).json()
        listed = (await ask.get(other, "/v1/handovers", key_worker_id=other)).json()
        assert [h["hidden"] for h in listed] == [True], "they are asked, by reference"
        await ask.post(other, f"/v1/handovers/{asked['handover_id']}/accept")
        assert await ask.readers() == {other: "key_worker"}
        bare = (await ask.get(mine, f"/v1/households/{A}/engagement")).json()
        assert bare["hidden"]


async def test_rule_6_cover_knows_while_the_key_worker_is_away_and_not_after(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, ask, mine):
        cover = other_than(mine)
        today = clock().date().isoformat()
        await ask.post(mine, f"/v1/keyworkers/{mine}/leave", first=today, last=today)
        assert await ask.readers() == {mine: "key_worker", cover: "cover"}
        clock.turn(days=1)
        assert await ask.readers() == {mine: "key_worker"}, "their day is over"
        await turn(service, "who may know")
        assert [len(v["readers"]["readers"]) for v in await versions(service)] == [1, 2, 1]


async def test_rule_6_whoever_has_a_conflict_is_never_on_the_list_nor_stands_in(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, ask, mine):
        other = other_than(mine)
        await ask.post(other, f"/v1/keyworkers/{other}/conflicts", household_id=str(A))
        assert (await ask.add(LEAD, other)).status_code == 409
        today = clock().date().isoformat()
        await ask.post(mine, f"/v1/keyworkers/{mine}/leave", first=today, last=today)
        assert await ask.readers() == {mine: "key_worker"}, "nobody else is in the team"
        [*_, last] = await versions(service)
        assert last["barred"] == [other]


async def test_workers_own_family_is_never_shown_to_them_restricted_or_not(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        ask = Asking(client)
        mine = (await engagement(service))["key_worker_id"]
        other = other_than(mine)
        await ask.post(other, f"/v1/keyworkers/{other}/conflicts", household_id=str(A))
        bare = (await ask.get(other, f"/v1/households/{A}/engagement")).json()
        assert (bare["hidden"], bare["key_worker_id"]) == (True, None)
        held = (await ask.get(other, f"/v1/teams/{LEAD}/engagements")).json()
        assert held == []
        assert len((await ask.get(mine, f"/v1/teams/{LEAD}/engagements")).json()) == 1
        await ask.post(other, f"/v1/keyworkers/{other}/conflicts/{A}/withdraw")
        assert not (await ask.get(other, f"/v1/households/{A}/engagement")).json()["hidden"]


async def test_rule_6_a_front_door_that_was_told_of_harm_opens_it_for_a_day_on_record(
    stack: Stack, clock: Clock
) -> None:
    harm: dict[str, Any] = {"significant_harm": (Harm.IMMEDIATE_DANGER,)}
    async with restricted_household(stack, clock, **harm) as (_, ask, _):
        of_assessment = f"/v1/assessments/{uid('assessment', 1)}/restricted-household"
        by_reference = f"/v1/restricted/{str(A)[-12:]}"
        for path in (
            of_assessment,
            by_reference,
            f"/v1/restricted/{uid('assessment', 1).hex[-12:]}",
        ):
            assert (await ask.get("wigan", path)).json() == {"household_id": str(A)}
            assert (await ask.get(DESK, path)).json() == {"household_id": str(A)}
            assert (await ask.get("bolton", path)).status_code == 404
        assert (await ask.get(DESK, f"/v1/restricted/{'0' * 12}")).status_code == 404
        assert (await ask.get(DESK, "/v1/restricted/x")).status_code == 422
        found = await ask.get("wigan", of_assessment)
        assert found.json() == {"household_id": str(A)}
        assert (await ask.get("wigan")).json()["may_enter"]
        assert (await ask.get("bolton")).status_code == 403, "another council's door"
        day, week = ((clock() + timedelta(days=n)).isoformat() for n in (1, 7))
        assert (await ask.add("wigan", "wigan")).status_code == 403, "not for good"
        assert (await ask.add("wigan", "wigan", until=week)).status_code == 403
        assert (await ask.add("wigan", "bolton", until=day)).status_code == 403, "nobody else"
        danger: dict[str, Any] = {"until": day, "reason": "immediate_danger"}
        assert (await ask.add("wigan", "wigan", **danger)).status_code == 201
        assert not (await ask.get("wigan", f"/v1/households/{A}/engagement")).json()["hidden"]
        history = (await ask.get(OFFICER, f"/v1/households/{A}/access/history")).json()
        assert [(e["added_by"], e["reason"]) for e in history["log"]] == [
            ("wigan", "immediate_danger")
        ]


async def test_rule_6_a_list_is_said_before_whose_household_it_is(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, _, _):
        said = await table(service, "select type from outbox order by id")
        first = next(i for i, row in enumerate(said) if row["type"] == AccessChangedV1.TYPE)
        assigned = next(i for i, row in enumerate(said) if "keyworker.assigned" in row["type"])
        assert first < assigned


async def test_rule_6_linked_with_an_unrestricted_household_it_stays_restricted_under_both_ids(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"), restricted(B), matched(2, "b", 1, area="WN7 3"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 3)
        ask = Asking(client)
        await ask.add(OFFICER, "eve", B)
        clock.turn(minutes=5)
        await stack.publish(restricted(A, 5), link(5))
        await handled(service, 5)
        kept = await ask.readers(A)
        assert kept["eve"] == "named", "who was named for the restricted one still may"
        assert len([k for k, because in kept.items() if because == "key_worker"]) == 1
        assert await ask.readers(B) == kept, "the retired id is as restricted"
        [*_, a] = await versions(service, A)
        [*_, b] = await versions(service, B)
        assert (a["restricted"], b["restricted"]) == (True, True)


async def test_rule_6_what_was_linked_before_and_leaves_again_is_open_again_everywhere(
    stack: Stack, clock: Clock
) -> None:
    """Of b nothing was ever said itself: it was restricted as a part of a, and is no longer."""
    first = linked("a", "b", 5)
    await stack.publish(matched(1, "a"), matched(2, "b", 1), first)
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 3)
        clock.turn(minutes=6)
        await stack.publish(restricted(A, 6), matched(3, "a", 6))
        await handled(service, 5)
        ask = Asking(client)
        assert (await ask.get("eve", f"/v1/households/{B}/engagement")).json()["hidden"]
        clock.turn(minutes=5)
        await stack.publish(separated("a", "b", 10, 2, undoes=first.link_id))
        await handled(service, 6)
        [*_, b] = await versions(service, B)
        assert not b["restricted"]
        assert not (await ask.get("eve", f"/v1/households/{B}/engagement")).json()["hidden"]
        assert (await ask.get("eve", f"/v1/households/{A}/engagement")).json()["hidden"]


async def test_rule_6_separated_it_stays_restricted_where_that_was_stated(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"), restricted(A, 1), matched(2, "a", 1))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 3)
        ask = Asking(client)
        await ask.add(OFFICER, "eve")
        clock.turn(minutes=5)
        apart = HouseholdsSeparatedV1(
            separation_id=uid("separation"),
            household_id=A,
            separated_household_id=B,
            moved=(
                MovedAssessment(
                    assessment_id=uid("assessment", 2), facts=facts(1), evidence=EVIDENCE
                ),
            ),
            cause=LinkCause.OFFICER,
            decided_by="reviewer",
            decided_at=clock(),
        )
        await stack.publish(restricted(B, 5), apart, opened(A, 5))
        await handled(service, 6)
        assert (await ask.readers(B))["eve"] == "named"
        assert await ask.readers(A) == {}
        [*_, a] = await versions(service, A)
        assert not a["restricted"]
        other = (await ask.get("dan", f"/v1/households/{A}/engagement")).json()
        assert not other["hidden"]
        assert (await ask.get("dan", f"/v1/households/{B}/engagement")).json()["hidden"]


async def test_rule_6_households_kept_apart_never_share_a_key_worker(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, policy={"caseload_limit": 30})
    apart = {"apart_household_ids": (B,)}
    await stack.publish(
        matched(1, "b", area="WN7 3"),
        *(matched(n, f"other-{n}", n, area="WN7 3") for n in range(2, 6)),
        matched(6, "a", 6, area="WN7 3", **apart),
    )
    async with running(stack, clock) as service:
        await handled(service, 6)
        rows = await table(service, "select household_id, key_worker_id from engagement")
        whose = {row["household_id"]: row["key_worker_id"] for row in rows}
        assert whose[A] != whose[B]
        reasons = await table(
            service,
            "select r.reasons from assignment_reason r join engagement e using (engagement_id)"
            f" where e.household_id = '{A}' and r.key_worker_id = '{whose[B]}'",
        )
        assert reasons[0]["reasons"] == ["cannot take this household"], "and it is not said why"


def entry(reader: str, household: UUID, minute: float, **more: Any) -> Entry:
    at = MONDAY_TEN + timedelta(minutes=minute)
    return Entry(
        uid("entry", reader, household, minute), household, reader, AccessReason.JOINT_WORK,
        more.get("until"), OFFICER, at, more.get("removed_at"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kept_was", "retired_was", "expected"),
    [
        (True, True, {"both", "since"}),
        (True, False, {"kept", "both", "since"}),
        (False, True, {"retired", "both", "since"}),
    ],
)
def test_rule_6_of_two_lists_the_stricter_wins(
    kept_was: bool, retired_was: bool, expected: set[str]
) -> None:
    linked: datetime = MONDAY_TEN + timedelta(hours=1)
    entries = [entry("both", A, 0), entry("both", B, 1), entry("since", A, 90)]
    entries += [entry("kept", A, 2)] if kept_was else []
    entries += [entry("retired", B, 3)] if retired_was else []
    joined = [Joined(B, linked, retired_was)]
    now = MONDAY_TEN + timedelta(hours=2)
    found = entries_in_force(A, entries, joined, kept_was, now)
    assert {e.reader_id for e in found} == expected
