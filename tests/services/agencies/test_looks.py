"""Who looked at what agencies recorded, for a privacy officer and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.restrictions import AccessChangedV1
from services.kit.access import learn_access
from tests.services.agencies.place import Place, submission
from tests.services.agencies.test_subject_access import names_officers
from tests.services.duplication.running import DESK
from tests.stack import TOKEN, Stack


async def ask(place: Place, *ids: str, who: str = "privacy-officer", **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {TOKEN}", "kith-actor": who, "kith-purpose": "who-looked"}
    body = {"assessment_ids": list(ids)} | more
    return await place.client.post("/internal/looks", json=body, headers=headers)


async def look(place: Place, who: str, *ids: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "kith-actor": who, "kith-purpose": "inbox"}
    await place.client.get(f"/internal/assessments?ids={','.join(ids)}", headers=headers)


async def sent(place: Place, reference: str, **changes: Any) -> str:
    answer = await place.post(submission(reference, **changes))
    return str(answer.json()["assessment_id"])


async def test_audit_who_looked_at_an_assessment_when_why_and_at_what(
    place: Place, stack: Stack
) -> None:
    await names_officers(place, stack)
    one, other = await sent(place, "W-1"), await sent(place, "W-2")
    await look(place, "ann", one, other)
    await look(place, "ben", other)
    answer = await ask(place, one)
    assert answer.status_code == 200, answer.text
    (seen,) = [x for x in answer.json()["looks"] if x["fields"] != ["looks"]]
    assert (seen["actor"], seen["purpose"], seen["shown"]) == ("ann", "inbox", True)
    assert "needs" in seen["fields"]
    assert "Byrne" not in answer.text
    assert answer.json()["more"] is False
    again = (await ask(place, one, other, most=2)).json()
    assert [(x["actor"], x["fields"]) for x in again["looks"]] == [
        ("privacy-officer", ["looks"]),
        ("privacy-officer", ["looks"]),
    ]
    assert again["more"] is True
    earlier = (await ask(place, one, other, before=again["looks"][-1]["at"])).json()
    assert [x["actor"] for x in earlier["looks"]] == ["ben", "ann"]


async def test_audit_who_sat_at_a_desk_is_kept_beside_the_desk(place: Place, stack: Stack) -> None:
    await names_officers(place, stack)
    one = await sent(place, "W-1")
    headers = {"authorization": f"Bearer {TOKEN}", "kith-actor": "wigan", "kith-person": "jo-marsh"}
    await place.client.get(f"/internal/assessments?ids={one}", headers=headers)
    await look(place, "ann", one)
    found = (await ask(place, one)).json()["looks"]
    assert [(x["actor"], x["person"]) for x in found if x["fields"] != ["looks"]] == [
        ("ann", None),
        ("wigan", "jo-marsh"),
    ]


async def test_audit_nobody_but_a_privacy_officer_is_told_and_the_look_is_kept(
    place: Place, stack: Stack
) -> None:
    one = await sent(place, "W-1")
    assert (await ask(place, one)).status_code == 403
    await names_officers(place, stack)
    for who in ("reviewer", "operations", "wigan-north", "kw-7", "service"):
        refused = await ask(place, one, who=who)
        assert refused.status_code == 403
        assert "privacy officers alone" in refused.json()["detail"]
    kept = await place.fetch("select actor, shown from disclosure order by disclosure_id")
    assert [tuple(row) for row in kept] == [
        ("privacy-officer", False), ("reviewer", False), ("operations", False),
        ("wigan-north", False), ("kw-7", False), ("service", False),
    ]  # fmt: skip
    assert (await place.client.post("/internal/looks", json={})).status_code == 401


async def test_audit_a_look_that_was_refused_is_kept_and_told_as_refused(
    place: Place, stack: Stack
) -> None:
    """A restricted assessment of no household yet is shown to nobody."""
    await names_officers(place, stack)
    one = await sent(place, "W-1", restrictions=["domestic_abuse"])
    await look(place, "ann", one)
    told = (await ask(place, one)).json()["looks"]
    assert ("ann", False) in [(x["actor"], x["shown"]) for x in told]


async def test_audit_an_officer_with_a_conflict_of_interest_is_told_nothing(
    place: Place, stack: Stack
) -> None:
    await names_officers(place, stack)
    one, home = await sent(place, "W-1"), uuid4()
    await look(place, "ann", one)
    await place.service.pool.execute(
        "insert into outcome (assessment_id, agency_id, household_id, known)"
        " values ($1, 'wigan-primary-school', $2, '{}')",
        UUID(one),
        home,
    )
    event = AccessChangedV1(
        household_id=home, version=1, restricted=False, barred=("privacy-officer",), desk=DESK,
        front_door=DESK, changed_at=datetime.now(UTC),
    )  # fmt: skip
    async with place.service.work() as work:
        await learn_access(work.connection, [event])
    refused = await ask(place, one)
    assert refused.status_code == 404
    assert "ann" not in refused.text.split()
