"""``POST /v1/assessments``: all of a request or nothing of it, once."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.topics import ASSESSMENTS
from tests.services.agencies.place import HOMES, POLICE, Place, submission
from tests.stack import Stack


async def test_one_assessment_is_accepted_and_recorded(place: Place, stack: Stack) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = await place.post(submission(), traceparent=trace)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["reference"] == "WPS-1"
    assert body["status"] == "accepted"
    assert answer.headers["location"] == body["href"]

    [(envelope, event)] = await stack.read(ASSESSMENTS, lambda found: len(found) == 1)
    assert isinstance(event, AssessmentRecordedV1)
    assert str(envelope.journey_id) == str(event.assessment_id) == body["assessment_id"]
    assert envelope.place_id == "greater-manchester"
    assert envelope.traceparent == trace
    assert event.channel == "http"
    assert event.locality_id == "wigan"
    assert event.submission.people[0].date_of_birth == "2015-04-XX"


async def test_same_reference_twice_is_the_same_assessment(place: Place) -> None:
    first = await place.post(submission())
    again = await place.post(submission())
    assert again.status_code == 202
    assert again.json() == first.json()
    assert await place.count("assessment") == await place.count("outbox") == 1


async def test_same_reference_with_other_content_is_a_conflict(place: Place) -> None:
    await place.post(submission())
    answer = await place.post(submission(needs=["crime"]))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "reference"
    assert await place.count("assessment") == 1


async def test_two_agencies_may_use_one_reference(place: Place) -> None:
    first = await place.post(submission())
    second = await place.post(submission(), HOMES)
    assert second.status_code == 202
    assert first.json()["assessment_id"] != second.json()["assessment_id"]


async def test_equal_requests_at_once_make_one_row(place: Place) -> None:
    answers = await asyncio.gather(*(place.post(submission()) for _ in range(8)))
    assert {a.status_code for a in answers} == {202}
    assert len({a.json()["assessment_id"] for a in answers}) == 1
    assert await place.count("assessment") == await place.count("outbox") == 1


@pytest.mark.parametrize("wrapped", [True, False])
async def test_a_batch_is_accepted_in_order(place: Place, wrapped: bool) -> None:
    batch = [submission(f"WPS-{n}") for n in range(1000)]
    answer = await place.post({"assessments": batch} if wrapped else batch)
    assert answer.status_code == 202, answer.text[:500]
    assert "location" not in answer.headers
    receipts = answer.json()["assessments"]
    assert [r["reference"] for r in receipts] == [s["reference"] for s in batch]
    assert await place.count("assessment") == 1000


async def test_a_batch_over_the_limit_is_refused(place: Place) -> None:
    answer = await place.post([submission(f"WPS-{n}") for n in range(1001)])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "assessments"


async def test_nothing_of_a_bad_batch_is_stored(place: Place) -> None:
    batch = [submission(f"WPS-{n}") for n in range(20)]
    batch[17]["people"][0]["date_of_birth"] = "2015-02-30"
    for body in (batch, {"assessments": batch}):
        answer = await place.post(body)
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error == {
            "field": "assessments.17.people.0.date_of_birth",
            "rule": "there is no such day in the calendar",
        }
    assert await place.count("assessment") == await place.count("outbox") == 0


async def test_a_taken_reference_in_a_batch_is_an_error_of_its_item(place: Place) -> None:
    await place.post(submission("WPS-3"))
    batch = [submission(f"WPS-{n}", needs=["health", "crime"][:0]) for n in range(5)]
    answer = await place.post(batch)
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == ["assessments.3.reference"]
    assert await place.count("assessment") == 1


async def test_a_reference_twice_in_a_batch_is_one_assessment(place: Place) -> None:
    answer = await place.post([submission(), submission("WPS-2"), submission()])
    ids = [r["assessment_id"] for r in answer.json()["assessments"]]
    assert ids[0] == ids[2] != ids[1]
    assert await place.count("outbox") == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"recorded_at": "2026-03-02T09:30:00"}, "recorded_at"),
        ({"recorded_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "recorded_at"),
        ({"needs": ["magic"]}, "needs.0"),
        ({"people": []}, "people"),
        ({"nickname": "Jo"}, "nickname"),
        ({"Secret Jane": 1}, "(unknown)"),
        ({"lawful_basis": "crime_and_disorder_act_1998_s115"}, "lawful_basis"),
        ({"purpose": "crime_prevention"}, "purpose"),
        (
            {
                "people": [
                    {"identifiers": [{"scheme": "nhs_number", "value": "9990000001"}]},
                ]
            },
            "people.0.identifiers.0",
        ),
        (
            {"people": [{"identifiers": [{"scheme": "other", "value": "a\x00b"}]}]},
            "people.0.identifiers.0.value",
        ),
        ({"people": [{"date_of_birth": "١٩٨٥-03-14"}]}, "people.0.date_of_birth"),
        (
            {"people": [{"identifiers": [{"scheme": "pnc_id", "value": "00/1234567X"}]}]},
            "people.0.identifiers.0",
        ),
    ],
)
async def test_a_fault_names_its_field_and_no_value(place: Place, change, field) -> None:
    answer = await place.post(submission(**change))
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json()["errors"]] == [field]
    for value in ("9990000001", "Secret Jane", "Byrne", "magic"):
        assert value not in answer.text
    assert await place.count("assessment") == 0


async def test_safeguarding_needs_no_agreement_on_its_gateway(place: Place) -> None:
    await place.fetch(
        "update sharing_agreement set lawful_bases = '{consent}', purposes = '{early_help}'"
    )
    basis = {"lawful_basis": "children_act_1989_s47", "purpose": "safeguarding"}
    refused = await place.post(submission(**basis))
    assert {e["field"] for e in refused.json()["errors"]} == {"lawful_basis", "purpose"}
    assert "isa-wigan-primary-school" in refused.text
    harm = await place.post(submission(**basis, significant_harm=["child_significant_harm"]))
    assert harm.status_code == 202


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 5000, b"null", b'"x"', b"[]"])
async def test_what_is_no_assessment_is_refused(place: Place, body: bytes) -> None:
    assert (await place.post(body)).status_code == 422


async def test_a_body_over_the_limit_is_refused(place: Place) -> None:
    answer = await place.post(b"[" + b" " * (4 * 1024 * 1024) + b"]")
    assert answer.status_code == 413


async def test_same_key_and_body_get_the_same_answer(place: Place) -> None:
    first = await place.post(submission(), idempotency_key='"k-1"')
    again = await place.post(submission(), idempotency_key='"k-1"')
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["location"] == first.headers["location"]


async def test_same_key_with_another_body_is_refused(place: Place) -> None:
    await place.post(submission(), idempotency_key="k-1")
    answer = await place.post(submission("WPS-2"), idempotency_key="k-1")
    assert answer.status_code == 422
    assert await place.count("assessment") == 1
    other_agency = await place.post(submission("WPS-2"), HOMES, idempotency_key="k-1")
    assert other_agency.status_code == 202


async def test_a_key_in_flight_is_a_conflict_or_the_same_answer(place: Place) -> None:
    answers = await asyncio.gather(
        *(place.post(submission(), idempotency_key="k-1") for _ in range(6))
    )
    assert {a.status_code for a in answers} <= {202, 409}
    assert len({a.content for a in answers if a.status_code == 202}) == 1
    assert await place.count("assessment") == 1


async def test_a_refused_request_does_not_use_up_its_key(place: Place) -> None:
    assert (await place.post(submission(needs=["x"]), idempotency_key="k")).status_code == 422
    assert (await place.post(submission(), idempotency_key="k")).status_code == 202


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic abc",
        "Bearer ",
        "Bearer kith_000000000000_" + "0" * 64,
        "Bearer nonsense",
    ],
)
async def test_nobody_sends_without_a_credential(place: Place, header: str | None) -> None:
    headers = {"authorization": header} if header else {}
    answer = await place.client.post(
        "/v1/assessments", content=json.dumps(submission()), headers=headers
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert await place.count("assessment") == 0


async def test_a_wrong_secret_with_a_known_prefix_is_refused(place: Place) -> None:
    prefix = place.credentials[POLICE].rsplit("_", 1)[0]
    headers = {"authorization": f"Bearer {prefix}_{'0' * 64}"}
    answer = await place.client.post("/v1/assessments", content=b"{}", headers=headers)
    assert answer.status_code == 401


async def test_a_revoked_credential_is_refused(place: Place) -> None:
    await place.fetch("update credential set revoked_at = now()")
    assert (await place.post(submission())).status_code == 401


async def test_agencies_see_only_their_own(place: Place) -> None:
    receipt = (await place.post(submission())).json()
    assert (await place.get(receipt["href"])).json()["status"] == "accepted"
    assert (await place.get(receipt["href"], POLICE)).status_code == 404
    assert (await place.get("/v1/assessments", POLICE)).json()["assessments"] == []
    listed = (await place.get("/v1/assessments", reference="WPS-1")).json()["assessments"]
    assert [a["assessment_id"] for a in listed] == [receipt["assessment_id"]]


async def test_the_list_is_paged(place: Place) -> None:
    await place.post([submission(f"WPS-{n}") for n in range(5)])
    seen, after = [], None
    while True:
        page = (
            await place.get(
                "/v1/assessments",
                limit=2,
                status="accepted",
                **({"after": after} if after else {}),
            )
        ).json()
        seen += [a["reference"] for a in page["assessments"]]
        if (after := page["next"]) is None:
            break
    assert seen == [f"WPS-{n}" for n in range(5)]
    assert (await place.get("/v1/assessments", status="routed")).json()["assessments"] == []


async def test_assessments_that_arrive_together_answer_each_for_itself(place: Place) -> None:
    await place.post(submission("WPS-3"))
    bodies = [submission(f"WPS-{n}", urgency="urgent") for n in range(30)]
    answers = await asyncio.gather(*(place.post(body) for body in bodies))
    assert [a.status_code for a in answers] == [409 if n == 3 else 202 for n in range(30)]
    assert await place.count("assessment") == await place.count("outbox") == 30


async def test_data_at_fault_in_company_fails_alone(place: Place) -> None:
    await place.fetch(
        "alter table assessment add constraint no_thirteen check (reference <> 'WPS-13')"
    )
    answers = await asyncio.gather(*(place.post(submission(f"WPS-{n}")) for n in range(20)))
    assert [a.status_code for a in answers] == [500 if n == 13 else 202 for n in range(20)]
    assert await place.count("assessment") == await place.count("outbox") == 19


async def test_a_compressed_body_is_refused_with_what_to_do(place: Place) -> None:
    body = gzip.compress(json.dumps(submission()).encode())
    answer = await place.post(body, content_encoding="gzip")
    assert answer.status_code == 415
    assert "without Content-Encoding" in answer.json()["detail"]
