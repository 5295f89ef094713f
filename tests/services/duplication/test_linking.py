"""Links and separations on real servers: reversible, never crossed, every assessment in one."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import UUID

from contracts.alerts import AlertAnsweredV1
from contracts.envelope import derive_id
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary_alerts import AlertAnswer, AlertKind
from contracts.vocabulary_changes import LinkCause
from tests.services.duplication.building import ROOT, START, person, recorded
from tests.services.duplication.running import AGAIN, KNOWN, Running

OTHER = person("Farida", "Aziz", "1979-11-23")
THIRD = person("Gwen", "Pryce", "1961-02-07")
FAR = {"lines": ["3 Mesnes Street"], "town": "Wigan", "postcode": "WN1 1QP"}
WIDE = {"lines": ["9 Beech Hill"], "town": "Wigan", "postcode": "WN6 7QQ"}
STATE = (
    "select p.id, p.profile::text, p.households, p.mentions from person p where mentions > 0"
    " order by 1"
)


RESIDENTS = "select id, homes, members, residents from household where members <> '{}' order by 1"


async def post(run: Running, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = await run.client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def three(run: Running) -> list[UUID]:
    await run.take(recorded(1, KNOWN), recorded(2, AGAIN))
    await run.take(recorded(3, OTHER, address=FAR), recorded(4, THIRD, address=WIDE))
    rows = await run.rows("select household_id from assessment order by received_at")
    return [row[0] for row in rows][1:]


async def check(run: Running, ever: list[UUID]) -> None:
    """What must hold after every step."""
    assert not await run.rows(
        "select 1 from assessment a join household_redirect r on r.retired_id = a.household_id"
    )
    assert not await run.rows(
        "select 1 from cannot_link c join mention m on m.person_id in (c.one, c.other)"
        " join assessment a on a.id = m.assessment_id and a.household_id in (c.one, c.other)"
    )
    ids = [str(household) for household in dict.fromkeys(ever)]
    shown = await run.get("/v1/households", ids=",".join(ids))
    assert [one["id"] for one in shown] == ids


async def test_a_link_taken_back_leaves_everybody_as_they_were(running: Running) -> None:
    one, two, _ = await three(running)
    before = await running.rows(STATE)
    residents = await running.rows(RESIDENTS)
    assert all(row[3] for row in residents)
    body = {"household_ids": [str(one), str(two)], "id": str(derive_id(ROOT, "link"))}
    shown = await post(running, "/v1/links?preview=true", body)
    assert shown["preview"]
    assert await running.rows(STATE) == before
    link, again = await asyncio.gather(
        post(running, "/v1/links", body), post(running, "/v1/links", body)
    )
    assert link == again
    assert link["assessment_ids"] == shown["assessment_ids"]
    assert (link["decided_by"], link["purpose"]) == ("kw-7", "family help")
    assert (await running.get(f"/v1/households/{two}"))["id"] == str(one)
    undone = await post(running, f"/v1/links/{link['id']}/undo")
    assert await post(running, f"/v1/links/{link['id']}/undo") == undone
    assert await running.rows(STATE) == before
    assert await running.rows(RESIDENTS) == residents
    await check(running, [one, two])
    told = await running.stack.read(
        HOUSEHOLDS, lambda found: any(isinstance(e, HouseholdsSeparatedV1) for _, e in found)
    )
    linked = [e for _, e in told if isinstance(e, HouseholdsLinkedV1)]
    (apart,) = [e for _, e in told if isinstance(e, HouseholdsSeparatedV1)]
    assert [(e.household_id, e.retired_household_id) for e in linked] == [(one, two)]
    assert (apart.separated_household_id, apart.undoes) == (two, UUID(link["id"]))
    assert [m.assessment_id for m in apart.moved] == [recorded(3, OTHER).assessment_id]


async def test_rule_7_what_is_not_this_household_is_never_put_back(running: Running) -> None:
    household, *_ = await three(running)
    wrong = recorded(2, AGAIN).assessment_id
    answer = AlertAnsweredV1(
        alert_id=derive_id(ROOT, "alert"),
        kind=AlertKind.ROUTED,
        answer=AlertAnswer.NOT_THIS_HOUSEHOLD,
        assessment_id=wrong,
        household_id=household,
        answered_by="kw-7",
        answered_at=START,
    )
    (envelope,) = await running.stack.publish(answer)
    await running.stack.publish((envelope, answer), answer)
    told = await running.stack.read(
        HOUSEHOLDS, lambda found: any(isinstance(e, HouseholdsSeparatedV1) for _, e in found)
    )
    (apart,) = [e for _, e in told if isinstance(e, HouseholdsSeparatedV1)]
    assert apart.cause is LinkCause.PRACTITIONER
    assert [m.assessment_id for m in apart.moved] == [wrong]
    await running.take(*(recorded(n, AGAIN) for n in range(5, 8)))
    await check(running, [household, apart.separated_household_id])


async def test_whatever_is_linked_separated_and_undone_each_assessment_is_in_one_household(
    running: Running,
) -> None:
    ever, chance = await three(running), random.Random(4)
    changes: list[Any] = []
    for step in range(60):
        kind = chance.choice(["link", "separate", "undo", "arrive"])
        if kind == "link":
            body: dict[str, Any] = {"household_ids": [str(h) for h in chance.sample(ever, 2)]}
            answer = await running.client.post("/v1/links", json=body)
        elif kind == "separate":
            rows = await running.rows("select id, household_id from assessment order by id")
            assessment, household = chance.choice(rows)
            body = {"household_id": str(household), "assessment_ids": [str(assessment)]}
            answer = await running.client.post("/v1/separations", json=body)
        elif kind == "undo" and changes:
            done = chance.choice(changes)
            answer = await running.client.post(f"/v1/{done['kind']}s/{done['id']}/undo")
        else:
            await running.take(recorded(10 + step, chance.choice([KNOWN, OTHER, AGAIN])))
            continue
        assert answer.status_code in {200, 409}, answer.text
        if answer.status_code == 200:
            changes.append(answer.json())
            ever.append(UUID(answer.json()["other_household_id"]))
        await check(running, list(dict.fromkeys(ever)))
    for household in dict.fromkeys(ever):
        await running.get(f"/v1/households/{household}")


async def test_a_review_taken_is_not_decided_by_another(running: Running) -> None:
    await running.take(recorded(1, KNOWN))
    await running.take(recorded(2, AGAIN), wary=True)
    (case,) = await running.get("/v1/reviews")
    path = f"/v1/reviews/{case['id']}"
    assert (await post(running, f"{path}/take"))["taken_by"] == "kw-7"
    other = {"Kith-Actor": "kw-8"}
    for asked in (f"{path}/take", f"{path}/give-back", path):
        refused = await running.client.post(asked, json={"verdict": "same"}, headers=other)
        assert refused.status_code == 409
    await post(running, f"{path}/give-back")
    taken = await running.client.post(f"{path}/take", headers=other)
    assert taken.json()["taken_by"] == "kw-8"
    quality = await running.get("/v1/quality")
    assert (quality["decisions"], quality["reviews_open"]) == (2, 1)
