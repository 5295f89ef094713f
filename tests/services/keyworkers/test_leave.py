"""Leave and cover: the household keeps its key worker, and somebody answers meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts.handovers import CoverArrangedV1
from contracts.keyworkers import AssessmentRoutedV1, KeyWorkerAssignedV1
from services.keyworkers.leave import Asked, cover_of, covers_of, days_off, refusal
from services.keyworkers.roster import Arranged, Roster, with_leave
from tests.services.keyworkers.building import day, key_worker, matched, small_place
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    events_of,
    handled,
    running,
    table,
)
from tests.stack import Stack

TODAY = day("2026-03-02")


def roster(*arranged: Arranged, **changes: Any) -> Roster:
    return Roster(with_leave(small_place(**changes), arranged), 1, arranged)


def away(who: str, first: str, last: str, cover: str | None = None) -> Arranged:
    return Arranged(who, day(first), day(last), cover)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (("ann", "2026-03-09", "2026-03-06", None), "ends before it begins"),
        (("ann", "2026-02-02", "2026-02-06", None), "are over"),
        (("ann", "2026-03-09", "2029-03-09", None), "Two years"),
        (("cat", "2026-03-09", "2026-03-20", None), "on leave until 10 March 2026 already"),
        (("ann", "2026-03-09", "2026-03-20", "ann"), "covers for themselves"),
        (("ann", "2026-03-09", "2026-03-20", "zoe"), "no key worker"),
        (("ann", "2026-03-09", "2026-03-20", "cat"), "is away then"),
        (("ann", "2026-03-11", "2026-03-20", "cat"), None),
    ],
)
def test_leave_that_cannot_be_says_why(asked: Any, word: str | None) -> None:
    who, first, last, cover = asked
    here = roster(away("cat", "2026-03-05", "2026-03-10"))
    why = refusal(here, Asked(who, day(first), day(last), cover), TODAY)
    assert (why is None) if word is None else (why is not None and word in why)


def test_the_cover_is_whom_was_named_or_the_next_of_the_team_who_is_there_throughout() -> None:
    people = [
        key_worker(id_, team)
        for id_, team in (
            ("ann", "leigh-east"), ("ben", "leigh-east"), ("gil", "leigh-east"),
            ("cat", "leigh-west"), ("eve", "halliwell"), ("fay", "no-fixed-abode"),
        )
    ]  # fmt: skip
    here = roster(away("ben", "2026-03-12", "2026-03-12"), key_workers=people)
    asked = Asked("ann", day("2026-03-09"), day("2026-03-13"))
    assert cover_of(here, asked) == "gil"
    assert cover_of(here, Asked("eve", day("2026-03-09"), day("2026-03-13"))) is None
    assert cover_of(here, Asked("eve", asked.first, asked.last, "ann")) == "ann"


def test_who_works_on_each_of_the_days_stands_in_before_who_does_not() -> None:
    people = [
        key_worker("ann", "leigh-east"),
        key_worker("ben", "leigh-east") | {"working_days": ["mon", "tue", "fri"]},
        key_worker("gil", "leigh-east"),
        *(key_worker(id_, team) for id_, team in (("cat", "leigh-west"), ("eve", "halliwell"))),
        key_worker("fay", "no-fixed-abode"),
    ]
    here = roster(key_workers=people)
    week = Asked("ann", day("2026-03-09"), day("2026-03-13"))
    monday = Asked("ann", day("2026-03-09"), day("2026-03-09"))
    assert (covers_of(here, week), days_off(here, "ben", week)) == (["gil", "ben"], ("wed", "thu"))
    assert (covers_of(here, monday), days_off(here, "ben", monday)) == (["ben", "gil"], ())
    weekend = Asked("ann", day("2026-03-07"), day("2026-03-08"))
    assert days_off(here, "ben", weekend) == (), "the place does not work then"


def test_cover_is_told_first_while_away_and_the_rota_holds_otherwise() -> None:
    here = roster(away("ann", "2026-03-09", "2026-03-13", "eve"))
    assert next(one.id for one in here.escalation("ann", day("2026-03-06"))) == "ben"
    assert next(one.id for one in here.escalation("ann", day("2026-03-10"))) == "eve"


async def _arrange(client: httpx.AsyncClient, who: str, **wanted: Any) -> httpx.Response:
    return await client.post(f"/v1/keyworkers/{who}/leave", json=wanted)


async def test_leave_keeps_the_engagement_tells_the_cover_and_gives_nothing_new(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        [before] = await table(service, "select * from engagement")
        who = before["key_worker_id"]
        other = "ben" if who == "ann" else "ann"
        answer = await _arrange(client, who, first="2026-03-02", last="2026-03-06", cover="eve")
        assert (answer.status_code, answer.json()["cover"]) == (201, "eve")
        again = await _arrange(client, who, first="2026-03-06", last="2026-03-09")
        assert again.status_code == 409
        # Known already: routed, and the cover is told at once. New: to whoever is there.
        await stack.publish(matched(2, "a", 5), matched(3, "b", 6), matched(4, "c", 7))
        await handled(service, 4)
        assert [await table(service, "select * from engagement order by started_at limit 1")] == [
            [before]
        ]
        events = await events_of(stack, 8)
        page = (await client.get(f"/v1/keyworkers/{who}")).json()
        assert page["away"] == "is on leave until 6 March 2026"
    [cover] = [e for e in events if isinstance(e, CoverArrangedV1)]
    assert cover.cover is not None
    assert (cover.key_worker_id, cover.cover.id) == (who, "eve")
    assert cover.ends_at - cover.starts_at == timedelta(days=5)
    [routed] = [e for e in events if isinstance(e, AssessmentRoutedV1)]
    assert (routed.key_worker.id, routed.alert.away) == (who, True)
    assert routed.alert.escalation[0].id == "eve"
    given = [e.key_worker.id for e in events if isinstance(e, KeyWorkerAssignedV1)]
    assert given == [who, other, other]


async def test_back_early_they_are_given_households_again(stack: Stack, clock: Clock) -> None:
    async with running(stack, clock) as service, client_of(service) as client:
        leaves = [
            (await _arrange(client, who, first="2026-03-02", last="2026-03-06")).json()
            for who in ("ann", "ben")
        ]
        assert [leave["cover"] for leave in leaves] == ["ben", None]
        await stack.publish(matched(1, "a"))
        await handled(service, 1)
        assert await table(service, "select * from engagement") == []
        ended = await client.post(f"/v1/leave/{leaves[0]['leave_id']}/end")
        assert (ended.status_code, ended.json()["ended_by"]) == (200, "cat")
        assert (await client.post(f"/v1/leave/{leaves[0]['leave_id']}/end")).status_code == 409
        [waiting] = [p for p in service._periodic if p.name == "waiting list"]
        assert await waiting.turn()
        [row] = await table(service, "select * from engagement")
        assert row["key_worker_id"] == "ann"
        listed = (await client.get("/v1/keyworkers/ann/leave")).json()
        assert [datetime.fromisoformat(v["ended_at"]) for v in listed] == [clock.now]
        assert (await client.get("/v1/keyworkers/zoe/leave")).status_code == 404
        covers = [e for e in await events_of(stack, 5) if isinstance(e, CoverArrangedV1)]
    assert [c.cover and c.cover.id for c in covers] == ["ben", None]
    assert covers[1].ends_at == clock.now


async def test_another_process_sees_leave_with_its_next_batch(stack: Stack, clock: Clock) -> None:
    async with running(stack, clock) as one, running(stack, clock) as two:
        async with client_of(two) as client:  # both have read the place
            assert (await client.get("/v1/keyworkers/ann")).json()["away"] is None
        async with client_of(one) as client:
            await _arrange(client, "ann", first="2026-03-02", last="2026-03-06")
        async with client_of(two) as client:
            assert (await client.get("/v1/keyworkers/ann")).json()["away"]


async def test_what_would_follow_from_leave_is_told_first_and_changes_nothing(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        [held] = await table(service, "select key_worker_id from engagement")
        mine, other = held["key_worker_id"], {"ann": "ben", "ben": "ann"}[held["key_worker_id"]]
        path = f"/v1/keyworkers/{mine}/leave/look"
        short = (await client.post(path, json={"first": "2026-03-02", "last": "2026-03-06"})).json()
        assert (short["days"], short["households"], short["is_long"]) == (5, 1, False)
        assert (short["cover"]["id"], short["begun"]) == (other, True)
        assert [c["id"] for c in short["covers"]] == [other]
        long = (await client.post(path, json={"first": "2026-03-09", "last": "2026-04-05"})).json()
        assert (long["days"], long["is_long"], long["begun"]) == (28, True, False)
        wrong = await client.post(path, json={"first": "2026-03-06", "last": "2026-03-02"})
        assert (wrong.status_code, "before it begins" in wrong.json()["detail"]) == (409, True)
        assert (await client.get(f"/v1/keyworkers/{mine}/leave")).json() == []
        await client.post(
            f"/v1/keyworkers/{other}/leave", json={"first": "2026-03-01", "last": "2026-04-30"}
        )
        alone = (await client.post(path, json={"first": "2026-03-02", "last": "2026-03-06"})).json()
        assert (alone["cover"], alone["covers"]) == (None, [])
        page = (await client.get(f"/v1/keyworkers/{other}")).json()
        assert page["leave"] == [{"first": "2026-03-01", "last": "2026-04-30"}]
