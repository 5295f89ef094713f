"""Rule 6, end to end: lifted by two people, a household is shown like any other, and closed again
by one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.stack import eventually
from tests.system.refuge import CRAIG, ELLIE, OLD, REFUGE, SARAH, Refuge, assessed, flee
from tests.system.town import HOMES, POLICE, SCHOOL, Town

OFFICER = "privacy-officer"


async def change(refuge: Refuge, who: str, path: str, **body: Any) -> Any:
    answer = await refuge.call(
        "keyworkers", f"/v1/households/{refuge.theirs}/{path}", who, "POST", body
    )
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def said_everywhere(refuge: Refuge, *, restricted: bool) -> None:
    """Every service that shows anything of the household has heard it."""
    await eventually(
        lambda: refuge.town.rows(
            " union all ".join(
                f"select '{service}' as service from {service}.household_access"
                " where household_id = $1 and restricted = $2"
                for service in ("agencies", "duplication", "keyworkers", "alerts", "operations")
            ),
            refuge.theirs,
            restricted,
        ),
        lambda rows: len(rows) == 5,
    )


async def shown(refuge: Refuge, who: str, worker: str) -> dict[str, bool]:
    """What somebody is shown of the household, by service."""
    household = (await refuge.call("duplication", f"/v1/households/{refuge.theirs}", who)).json()
    whose = (
        await refuge.call("keyworkers", f"/v1/households/{refuge.theirs}/engagement", who)
    ).json()
    ids = f"{refuge.by_police},{refuge.from_refuge}"
    read = (await refuge.call("agencies", f"/internal/assessments?ids={ids}", who)).json()
    alerts = (await refuge.call("alerts", f"/v1/alerts?recipient={worker}&state=all", who)).json()
    about = [
        a
        for a in alerts["alerts"]
        if a["assessment_id"] == str(refuge.by_police) and not a["kind"].startswith("lifting")
    ]
    journey = (await refuge.call("operations", f"/v1/journeys/{refuge.by_police}", who)).json()
    return {
        "people": any("Quennell" in member["name"] for member in household["members"]),
        "key worker": whose["key_worker_id"] == worker,
        "assessments": len(read["assessments"]) == 2,
        "alerts": [a["agency_id"] for a in about] == [POLICE],
        "journey": journey["agency_id"] == POLICE,
    }


async def waits(
    refuge: Refuge, who: str, count: int, kind: str = "lifting"
) -> list[tuple[str, str | None]]:
    """What somebody is asked of liftings, or told of one that they asked for (``kind``): the
    household and agency that they are told."""

    async def ask() -> list[tuple[str, str | None]]:
        found = (await refuge.call("alerts", f"/v1/alerts?recipient={who}", who)).json()["alerts"]
        return [(a["household_id"], a["agency_id"]) for a in found if a["kind"] == kind]

    return await eventually(ask, lambda found: len(found) == count)


async def test_rule_6_lifted_by_two_it_is_shown_by_every_service_and_closed_again_by_one(
    town: Town,
) -> None:
    refuge = await flee(town)
    worker, colleague = refuge.their_worker, refuge.his_worker
    contact = await refuge.contact(worker)
    nothing = dict.fromkeys(("people", "key worker", "assessments", "alerts", "journey"), False)
    everything = dict.fromkeys(nothing, True)
    assert await shown(refuge, colleague, worker) == nothing

    asked = await change(refuge, worker, "liftings", reason="safe_now")
    assert await shown(refuge, colleague, worker) == nothing, "one alone opens nothing"
    lead = (await refuge.call("keyworkers", f"/v1/keyworkers/{worker}", worker)).json()["team_id"]
    assert await waits(refuge, lead, 1) == [(str(refuge.theirs), None)], "by its reference alone"
    for nobody in (worker, colleague, OFFICER):
        assert await waits(refuge, nobody, 0) == []
    path = f"liftings/{asked['asked']['lifting_id']}/agree"
    await change(refuge, OFFICER, path)
    assert await waits(refuge, lead, 0) == [], "nobody else need answer"
    assert len(await waits(refuge, worker, 1, "lifting_agreed")) == 1, "whoever asked hears it"
    await said_everywhere(refuge, restricted=False)
    found = await eventually(
        lambda: shown(refuge, colleague, worker), lambda found: found == everything
    )
    assert found == everything
    for agency, one in ((POLICE, refuge.by_police), (SCHOOL, refuge.from_refuge)):
        outcome = await eventually(
            lambda agency=agency, one=one: town.outcome(agency, one),  # type: ignore[misc]
            lambda o: (o["contact"] or {}).get("email") == contact["email"],
        )
        assert "another key worker" not in outcome["history"][-1]["reason"], "it has the same"

    later = await town.send(HOMES, assessed("H-2", SARAH, ELLIE, address=REFUGE))
    assert (await town.settled(HOMES, later))["contact"]["email"] == contact["email"]
    assert await refuge.home_of(later) == refuge.theirs
    his = await town.send(SCHOOL, his_own())
    await town.settled(SCHOOL, his)
    assert await refuge.home_of(his) != refuge.theirs, "lifted, he is still kept from it"
    assert await refuge.worker_of(await refuge.home_of(his)) != worker

    await change(refuge, worker, "restrict")
    await said_everywhere(refuge, restricted=True)
    assert await shown(refuge, colleague, worker) == nothing
    assert await shown(refuge, worker, worker) == everything, "who was on the list is on it again"
    assert await waits(refuge, worker, 0, "lifting_agreed") == [], "it is no longer so"
    await told_the_desk(town, POLICE, refuge.by_police, contact["email"])


def his_own() -> dict[str, Any]:
    """The alleged perpetrator, seen where he lives."""
    return assessed("S-9", CRAIG, address=OLD)


async def told_the_desk(town: Town, agency: str, one: UUID, email: str) -> None:
    """The agency is told the place's desk, and not the key worker, also of what was said before."""
    outcome = await eventually(
        lambda: town.outcome(agency, one),
        lambda o: o["contact"] is not None and o["contact"]["email"] != email,
    )
    assert email not in str(outcome)
