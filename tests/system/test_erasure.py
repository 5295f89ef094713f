"""A family's records are erased, end to end: every service, on everything that each of them holds.

Two agencies see the family; work with it ends; a privacy officer asks and another person agrees.
What is left anywhere is searched for every name, date, number, reference and word of theirs, by a
search that has found each of them before.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import Envelope, Event, new_id
from contracts.topics import TOPICS
from tests.stack import TOKEN, eventually
from tests.system.looking import find_values, plain
from tests.system.test_replay import nothing_left
from tests.system.town import HOMES, POLICE, SCHOOL, SERVICES, Instance, Town, household

OFFICER = "privacy-officer"
ROSALIND = {
    "reference": "person-77013",
    "given_name": "Rosalind",
    "middle_names": "Philippa",
    "family_name": "Quennell",
    "previous_family_names": ["Entwhistle"],
    "known_as": ["Rozzy"],
    "date_of_birth": "1984-07-19",
    "sex": "female",
    "relationship": "parent",
    "phones": ["07700 900482"],
    "emails": ["rozzy.quennell@example.org"],
    "identifiers": [{"scheme": "nhs_number", "value": "9990000026"}],
}
LEOPOLD = {
    "given_name": "Leopold",
    "family_name": "Quennell",
    "date_of_birth": "2013-02-27",
    "relationship": "child",
}
FIRST: dict[str, Any] = {
    "reference": "QUEN-2026-88117",
    "recorded_at": "2026-03-02T09:30:00Z",
    "people": [ROSALIND, LEOPOLD],
    "address": {"lines": ["73 Jacaranda Crescent"], "town": "Leigh", "postcode": "WN7 9ZQ"},
    "needs": ["family_relationships"],
    "strengths": ["Leopold builds kites with his uncle Bartholomew"],
    "good_day": "Saturdays on Pennington Flash",
    "lawful_basis": "children_act_2004_s10",
    "purpose": "early_help",
    "would_have_referred_for": "family-support",
}
SECOND = FIRST | {
    "reference": "HOMES-88118",
    "recorded_at": "2026-03-04T11:00:00Z",
    "good_day": "A quiet evening with the wireless",
}
THEIRS = (
    "Rosalind", "Philippa", "Quennell", "Entwhistle", "Rozzy", "Leopold", "Bartholomew",
    "1984-07-19", "2013-02-27", "07700 900482", "rozzy.quennell@example.org", "9990000026",
    "Jacaranda Crescent", "WN7 9ZQ", "QUEN-2026-88117", "HOMES-88118", "person-77013",
    "builds kites", "Pennington Flash", "the wireless",
)  # fmt: skip
"""Every value of theirs in the form in which it was sent: the search knows the others."""

OTHERS = ("Danielle", "Ashworth", "OTHERS-1")

pytestmark = pytest.mark.timeout(400)  # the machine that runs this may be a busy one


def read(instance: Instance) -> str:
    """What one process has logged."""
    return instance.log.read_text("utf-8", "replace")


@dataclass
class Family:
    """The town, and what it knows of them."""

    town: Town
    first: UUID
    second: UUID
    household: UUID
    key_worker: str
    team: str
    engagement: UUID

    async def call(
        self, service: str, path: str, who: str, method: str = "GET", body: Any = None
    ) -> httpx.Response:
        """A service's API on somebody's behalf, as the portal calls it."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Kith-Actor": who, "Kith-Purpose": "test"}
        url = f"{self.town.url(service)}{path}"
        return await self.town.client.request(method, url, json=body, headers=headers)

    async def post(self, service: str, path: str, who: str, **body: Any) -> dict[str, Any]:
        answer = await self.call(service, path, who, "POST", body)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def as_agency(self, agency: str, path: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.town.credentials[agency]}"}
        url = f"{self.town.url('agencies')}{path}"
        method = "POST" if "json" in request else "GET"
        headers |= request.pop("headers", {})
        return await self.town.client.request(method, url, headers=headers, **request)

    async def held(self) -> dict[str, set[str]]:
        return await find_values(self.town.stack.dsn, SERVICES, THEIRS)

    async def order(self) -> UUID:
        """Work with them ends; an officer asks, the team's lead agrees."""
        await self.post(
            "keyworkers",
            f"/v1/engagements/{self.engagement}/close",
            self.key_worker,
            reason="Things are well with the kites",
        )
        asked = await self.post(
            "keyworkers",
            "/v1/erasures",
            OFFICER,
            household_id=str(self.household),
            reason="in_error",
        )
        erasure = UUID(asked["asked"]["erasure_id"])
        await self.post("keyworkers", f"/v1/erasures/{erasure}/agree", self.team)
        return erasure

    async def is_erased(self, erasure: UUID, *services: str) -> None:
        """Until these services have followed."""
        await asyncio.gather(*(self._erased(service, erasure) for service in services or SERVICES))

    async def _erased(self, service: str, erasure: UUID) -> None:
        try:
            await eventually(
                lambda: self.town.rows(
                    f"select from {service}.erasure where erasure_id = $1",
                    erasure,
                ),
                seconds=60,
            )
        except TimeoutError:
            refused = await self.town.rows("select refusal from keyworkers.erasure_refusal")
            raise AssertionError(f"{service} has not erased; refused: {refused}") from None


async def assess(town: Town) -> Family:
    """Both agencies see them, the second as a repeat with a key of its own; somebody is named."""
    first = await town.send(SCHOOL, FIRST)
    await town.settled(SCHOOL, first)
    answer = await town.client.post(
        f"{town.url('agencies')}/v1/assessments",
        json=[SECOND],
        headers={
            "Authorization": f"Bearer {town.credentials[HOMES]}",
            "Idempotency-Key": "quennells",
        },
    )
    assert answer.status_code == 202, answer.text
    second = UUID(answer.json()["assessments"][0]["assessment_id"])
    await town.settled(HOMES, second)
    [row] = await eventually(
        lambda: town.rows(
            "select e.household_id, e.key_worker_id, e.team_id, e.engagement_id"
            " from keyworkers.engagement e join keyworkers.assessment_route r using (household_id)"
            " where r.assessment_id = $1",
            second,
        )
    )
    family = Family(
        town,
        first,
        second,
        row["household_id"],
        row["key_worker_id"],
        row["team_id"],
        row["engagement_id"],
    )
    open_alerts = await eventually(
        lambda: town.rows("select id from alerts.alert where household_id = $1", family.household),
        lambda rows: len(rows) == 2,
    )
    for alert in open_alerts:
        await family.post("alerts", f"/v1/alerts/{alert['id']}/acknowledge", family.key_worker)
    await nothing_left(town)
    return family


async def test_of_what_was_erased_nothing_is_left_anywhere_and_nothing_brings_it_back(
    town: Town,
) -> None:
    others = await town.send(POLICE, household("Danielle", "Riley", "Ashworth", "OTHERS-1"))
    await town.settled(POLICE, others)
    family = await assess(town)
    before = await family.held()
    stays = await find_values(town.stack.dsn, SERVICES, OTHERS)
    unseen = {value for value, where in before.items() if not where}
    assert unseen == set(), "a search that does not find these finds nothing"
    for place in ("agencies.assessment.submission", "agencies.outbox.value"):
        assert any(place in where for where in before.values()), place
    assert any("agencies.idempotency_key.answer" in before[v] for v in ("HOMES-88118",))
    impact = (await family.call("operations", "/v1/impact", OFFICER)).json()

    said = await _said_of(family)
    assert sum(isinstance(event, AssessmentRecordedV1) for _, event in said) == 2

    erasure = await family.order()
    await family.is_erased(erasure)
    await nothing_left(town)
    assert {value: where for value, where in (await family.held()).items() if where} == {}
    await _stands_nowhere(family)
    for service in SERVICES:
        prefix = "/internal" if service == "agencies" else "/v1"
        answer = await eventually(  # who the officers are is said a moment after the start
            lambda s=service, p=prefix: family.call(s, f"{p}/erasures/{erasure}", OFFICER),  # type: ignore[misc]
            lambda found: found.status_code == 200,
        )
        assert sum(answer.json()["counts"].values()) > 0, service
    after = (await family.call("operations", "/v1/impact", OFFICER)).json()
    assert after == impact | {"contacts_routed": after["contacts_routed"]}

    await _is_told_when_and_why(family)
    await _nothing_comes_back(family, said)
    assert {value: where for value, where in (await family.held()).items() if where} == {}
    assert (await town.outcome(POLICE, others))["status"] == "opened"
    assert await find_values(town.stack.dsn, SERVICES, OTHERS) == stays


async def test_a_service_that_was_away_erases_when_it_comes_back(town: Town) -> None:
    family = await assess(town)
    away = ("agencies", "alerts", "operations")
    for service in away:
        town.kill(service)
    erasure = await family.order()
    await family.is_erased(erasure, "duplication", "keyworkers")
    assert {
        where.split(".")[0] for places in (await family.held()).values() for where in places
    } == {"agencies"}
    await town.start(*away)
    await family.is_erased(erasure)
    await nothing_left(town)
    assert {value: where for value, where in (await family.held()).items() if where} == {}
    answer = await family.as_agency(SCHOOL, "/v1/assessments", json=FIRST)
    assert answer.status_code == 410


async def _stands_nowhere(family: Family) -> None:
    """Of their ids: in what says that they were erased, and in what only grows."""
    ids = [str(one) for one in (family.first, family.second, family.household)]
    found = await find_values(family.town.stack.dsn, SERVICES, ids)
    tables = {where.rpartition(".")[0] for places in found.values() for where in places}
    kept = {
        *(f"{service}.erased_id" for service in SERVICES),
        *(f"{service}.outbox" for service in SERVICES),  # opaque ids, for a week
        *(f"{service}.delivery" for service in SERVICES),
        "agencies.erased_assessment",
        "duplication.erased_as",  # which id was linked into which
        "operations.journey_event",  # of the erasure itself
    }
    audits = {
        table
        for table in tables
        if table.startswith(("keyworkers.access", "keyworkers.erasure", "keyworkers.retention"))
        or table.rpartition(".")[2] in {"access_look", "access_audit", "disclosure", "look_seal",
                                        "household_access"}
    }  # fmt: skip
    assert tables - kept - audits == set()
    for service, instances in family.town.instances.items():
        logged = plain("".join(read(instance) for instance in instances))
        assert [value for value in THEIRS if plain(value) in logged] == [], service


async def _is_told_when_and_why(family: Family) -> None:
    answer = await family.as_agency(SCHOOL, f"/v1/assessments/{family.first}")
    assert answer.status_code == 410
    assert f"erased on {datetime.now(UTC).day} " in answer.json()["detail"]
    assert "recorded in error" in answer.json()["detail"]
    again = await family.as_agency(SCHOOL, "/v1/assessments", json=FIRST)
    assert again.status_code == 410
    keyed = {"Idempotency-Key": "quennells"}
    batch = await family.as_agency(HOMES, "/v1/assessments", json=[SECOND], headers=keyed)
    assert batch.status_code == 422
    assert (await family.as_agency(POLICE, f"/v1/assessments/{family.first}")).status_code == 404
    journey = await family.call("operations", f"/v1/journeys/{family.first}", OFFICER)
    assert journey.status_code == 410


async def _said_of(family: Family) -> list[tuple[Envelope, Event]]:
    """Every event of them, of every topic, in its order."""
    found = []
    for topic in TOPICS:
        [row] = await family.town.rows(
            "select count(*) from operations.journey_event where topic = $1", topic.name
        )
        said = await family.town.stack.read(topic, lambda f, n=row["count"]: len(f) >= n)  # type: ignore[misc]
        found += [
            (envelope, event)
            for envelope, event in said
            if envelope.journey_id in {family.first, family.second}
            or getattr(event, "household_id", None) == family.household
        ]
    return found


async def _nothing_comes_back(family: Family, said: list[tuple[Envelope, Event]]) -> None:
    """All that was ever said of them is said once more, as events that nobody has seen."""
    town = family.town
    await town.stack.publish(*((replace(envelope, id=new_id()), e) for envelope, e in said))
    probe = await town.send(POLICE, household("Zofia", "Adam", "Wrona", "AFTER-1"))
    await town.settled(POLICE, probe)
    await nothing_left(town)
    for service in SERVICES:
        assert (await town.get(service, "/health/status"))["parked"] == 0, service
    for table, column in (
        ("agencies.outcome", "assessment_id"),
        ("agencies.assessment", "assessment_id"),
        ("duplication.assessment", "id"),
        ("keyworkers.assessment_route", "assessment_id"),
        ("alerts.alert", "assessment_id"),
        ("operations.journey", "id"),
    ):
        rows = await town.rows(
            f"select from {table} where {column} = any($1)",
            [family.first, family.second],
        )
        assert rows == [], table
