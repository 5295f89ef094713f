"""People linked and separated at any time, on real servers: taken back, never crossed."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import derive_id
from services.duplication.changes import Pointer
from services.duplication.people_changes import SeenTogether, plan_people_link
from tests.services.duplication.building import ROOT, person, recorded
from tests.services.duplication.running import Running
from tests.services.duplication.test_linking import STATE, post

HOUSE = {"lines": ["7 Poolstock Lane"], "town": "Wigan", "postcode": "WN3 5DJ"}
MAYA = person("Maya", "Rahman", "2015-05-11", relationship="child")
AMINA = person("Amina", "Rahman", "1984-01-30", relationship="parent")
MIA = person("Mia", "Clough", "2015-11-05", relationship="child")
PETER = person("Peter", "Clough", "1980-08-19", relationship="parent")


def nth(number: int) -> UUID:
    return derive_id(ROOT, "assessment", number)


async def two_houses(run: Running) -> tuple[UUID, UUID]:
    """One child, known to each of two separated parents' homes under another name."""
    await run.take(recorded(1, AMINA, MAYA), recorded(2, PETER, MIA, address=HOUSE))
    rows = await run.rows(
        "select m.person_id from mention m join assessment a on a.id = m.assessment_id"
        " where position = 1 order by a.received_at"
    )
    return rows[0][0], rows[1][0]


def link_of(one: UUID, two: UUID) -> dict[str, Any]:
    return {"person_ids": [str(one), str(two)], "id": str(derive_id(ROOT, "people"))}


async def test_people_wrongly_kept_apart_become_one_and_households_stay_two(
    running: Running,
) -> None:
    maya, mia = await two_houses(running)
    before = await running.rows(STATE)
    shown = await post(running, "/v1/people/links?preview=true", link_of(maya, mia))
    assert shown["preview"]
    assert await running.rows(STATE) == before
    link, again = await asyncio.gather(
        *(post(running, "/v1/people/links", link_of(maya, mia)) for _ in range(2))
    )
    assert link == again
    assert (link["kind"], link["decided_by"], link["purpose"]) == (
        "people_link",
        "kw-7",
        "family help",
    )
    assert await running.rows("select count(distinct household_id) from assessment") == [(2,)]
    ((households, mentions),) = await running.rows(
        f"select cardinality(households), mentions from person where id = '{maya}'"
    )
    assert (households, mentions) == (2, 2)
    await running.take(recorded(3, MAYA, address=None))
    ((who,),) = await running.rows(
        f"select person_id from mention where assessment_id = '{nth(3)}'"
    )
    assert who == maya
    (change,) = await running.get(f"/v1/households/{link['other_household_id']}/changes")
    assert change["id"] == link["id"]


async def test_a_link_of_people_taken_back_leaves_everybody_as_they_were_and_apart(
    running: Running,
) -> None:
    maya, mia = await two_houses(running)
    before = await running.rows(STATE)
    link = await post(running, "/v1/people/links", link_of(maya, mia))
    undone = await post(running, f"/v1/people/links/{link['id']}/undo")
    assert await post(running, f"/v1/people/links/{link['id']}/undo") == undone
    assert await running.rows(STATE) == before
    assert await running.rows("select one, other from cannot_link") == [(maya, mia)]
    assert await running.rows("select 1 from must_link") == []


async def test_one_person_who_is_two_is_separated_and_the_matcher_never_puts_them_together(
    running: Running,
) -> None:
    await running.take(*(recorded(n, AMINA, MAYA) for n in range(1, 4)))
    ((maya,),) = await running.rows("select distinct person_id from mention where position = 1")
    wrong = str(nth(2))
    body = {"person_id": str(maya), "assessment_ids": [wrong]}
    change = await post(running, "/v1/people/separations", body)
    assert change["other_person_id"] != str(maya)
    assert change["assessment_ids"] == [wrong]
    await running.take(*(recorded(n, AMINA, MAYA) for n in range(4, 7)))
    assert await running.rows(
        "select count(distinct person_id), count(*) from mention where position = 1"
    ) == [(2, 6)]
    assert await running.rows("select count(distinct household_id) from assessment") == [(1,)]
    await post(running, f"/v1/people/separations/{change['id']}/undo")
    assert await running.rows(
        f"select person_id from mention where assessment_id = '{wrong}' and position = 1"
    ) == [(maya,)]
    assert await running.rows("select 1 from cannot_link") == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("links", {"person_ids": ["AMINA", "MAYA"]}, 409),
        ("links", {"person_ids": ["MAYA", "MAYA"]}, 409),
        ("links", {"person_ids": ["MAYA", str(uuid4())]}, 404),
        ("separations", {"person_id": "MAYA", "assessment_ids": ["1"]}, 422),
        ("separations", {"person_id": "MAYA", "assessment_ids": [str(uuid4())]}, 422),
    ],
)
async def test_what_cannot_be_is_refused_in_words(
    running: Running,
    path: str,
    body: dict[str, Any],
    status: int,
) -> None:
    await running.take(recorded(1, AMINA, MAYA))
    rows = await running.rows("select person_id::text from mention order by position")
    known = {"AMINA": rows[0][0], "MAYA": rows[1][0], "1": str(nth(1))}
    named = {
        key: known.get(value, value) if isinstance(value, str) else [known.get(v, v) for v in value]
        for key, value in body.items()
    }
    answer = await running.client.post(f"/v1/people/{path}", json=named)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"].endswith(".")


async def test_a_households_people_are_shown_mention_by_mention(
    running: Running,
) -> None:
    maya, mia = await two_houses(running)
    link = await post(running, "/v1/people/links", link_of(maya, mia))
    people = await running.get(f"/v1/households/{link['household_id']}/people")
    assert [[m["name"] for m in one["mentions"]] for one in people] == [
        ["Amina Rahman"],
        ["Maya Rahman", "Mia Clough"],
    ]
    looks = await running.rows("select count(*) from access_audit where what = 'household'")
    assert looks[0][0] >= 2


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_said_of_people_no_two_of_one_assessment_become_one(
    running: Running,
    seed: int,
) -> None:
    await running.take(
        recorded(1, AMINA, MAYA),
        recorded(2, PETER, MIA, address=HOUSE),
        recorded(3, AMINA, MAYA),
        recorded(4, PETER, MAYA, address=HOUSE),
    )
    chance, changes = random.Random(seed), list[Any]()
    for _ in range(60):
        kind = chance.choice(["links", "separations", "undo"])
        rows = await running.rows("select assessment_id, person_id from mention order by 1, 2")
        if kind == "links":
            people = sorted({str(who) for _, who in rows})
            answer = await running.client.post(
                "/v1/people/links", json={"person_ids": chance.sample(people, 2)}
            )
        elif kind == "separations":
            assessment, who = chance.choice(rows)
            body = {"person_id": str(who), "assessment_ids": [str(assessment)]}
            answer = await running.client.post("/v1/people/separations", json=body)
        elif changes:
            done = chance.choice(changes)
            path = done["kind"].removeprefix("people_") + "s"
            answer = await running.client.post(f"/v1/people/{path}/{done['id']}/undo")
        else:
            continue
        assert answer.status_code in {200, 409, 422}, answer.text
        if answer.status_code == 200:
            changes.append(answer.json())
        assert not await running.rows(
            "select 1 from mention group by assessment_id, person_id having count(*) > 1"
        )
        assert not await running.rows(
            "select 1 from mention m join person p on p.id = m.person_id"
            " where p.retired_into is not null or p.mentions = 0"
        )
        assert not await running.rows(
            "select 1 from cannot_link c join must_link m"
            " on (m.one, m.other) in ((c.one, c.other), (c.other, c.one))"
        )
    assert len(changes) > 15


def test_seen_together_is_never_one() -> None:
    one, two, assessment, house = (derive_id(ROOT, n) for n in range(4))
    pointers = [Pointer(assessment, 0, one, house), Pointer(assessment, 1, two, house)]
    with pytest.raises(SeenTogether):
        plan_people_link(ROOT, one, two, pointers, [], {})
