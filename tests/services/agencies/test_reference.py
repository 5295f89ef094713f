"""The reference pages describe the API that is there, and load nothing from elsewhere."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Error, async_playwright
from pydantic import BaseModel

from contracts.topics import EVENT_TYPES
from services.agencies.event_reference import read_topics
from services.agencies.shown import (
    AssessmentPage,
    AssessmentWithHistory,
    OutcomePage,
    ProblemDetails,
    Receipt,
    Receipts,
    RejectionPage,
)
from tests.browser.chromium import arguments, find_chromium
from tests.services.agencies.place import HOMES, Place, submission
from tests.services.agencies.test_integrate_doc import DOC, serving


async def test_what_agencies_may_call_is_described_and_nothing_else(place: Place) -> None:
    document = (await place.client.get("/docs/openapi.json")).json()
    told = {(path, method) for path, each in document["paths"].items() for method in each}
    assert {
        ("/v1/assessments", "post"),
        ("/v1/assessments", "get"),
        ("/v1/assessments/{assessment_id}", "get"),
        ("/v1/outcomes", "get"),
        ("/v1/rejections", "get"),
    } <= told
    assert all(path.startswith("/v1/") for path, _ in told)
    assert document["security"] == [{"credential": []}]
    assert "Wanted" not in document["components"]["schemas"]  # an internal route's


async def test_every_answer_is_described_in_words(place: Place) -> None:
    document = (await place.client.get("/docs/openapi.json")).json()
    for path in document["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                assert answer["description"]
                assert "union" not in answer["description"]
    assert not [name for name in document["components"]["schemas"] if "__" in name]
    post = document["paths"]["/v1/assessments"]["post"]
    [table] = re.findall(r"\| answer \|.*?\n\n", DOC, re.DOTALL)
    assert set(re.findall(r"^\| (\d{3}) ", table, re.MULTILINE)) == set(post["responses"])
    assert {header["name"] for header in post["parameters"]} == {"Idempotency-Key", "traceparent"}
    for part in ("`Idempotency-Key:", "`traceparent`"):
        assert part in DOC


async def test_the_example_of_the_reference_is_accepted(place: Place) -> None:
    document = (await place.client.get("/docs/openapi.json")).json()
    body = document["paths"]["/v1/assessments"]["post"]["requestBody"]["content"]
    answer = await place.post(body["application/json"]["example"], HOMES)
    assert answer.status_code == 202, answer.text


async def test_every_name_in_the_document_is_defined_in_it(place: Place) -> None:
    text = (await place.client.get("/docs/openapi.json")).text
    defined = (await place.client.get("/docs/openapi.json")).json()["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= set(defined)
    assert {"Submission", "Person", "AssessmentWithHistory", "ProblemDetails"} <= set(defined)


async def test_what_is_answered_is_what_is_described(place: Place) -> None:
    async def read(model: type[BaseModel], path: str) -> None:
        answer = await place.get(path)
        assert answer.status_code == 200, answer.text
        model.model_validate_json(answer.content)

    single = await place.post(submission("WPS-1"))
    Receipt.model_validate_json(single.content)
    Receipts.model_validate_json((await place.post([submission("WPS-2")])).content)
    await read(AssessmentPage, "/v1/assessments")
    await read(AssessmentWithHistory, single.json()["href"])
    await read(OutcomePage, "/v1/outcomes")
    await read(RejectionPage, "/v1/rejections")
    for refused in (await place.post({}), await place.client.get("/v1/outcomes")):
        ProblemDetails.model_validate_json(refused.content)


def test_every_event_is_shown_with_its_fields_and_an_example() -> None:
    shown = {event.type: event for topic in read_topics() for event in topic.events}
    assert set(shown) == set(EVENT_TYPES)
    assert all(event.about and event.fields and event.example for event in shown.values())
    # Every other topic holds what concerns other agencies too.
    assert [t.address for t in read_topics() if t.for_agencies] == ["agencies.inbound.{agency}"]
    submitted = {f.name: f for f in shown["kith.agency.assessment.submitted.v1"].fields}
    assert "people[].given_name" in submitted
    assert submitted["people"].about
    assert submitted["people"].required
    stated = {f.name: f for f in shown["kith.agencies.outcome.stated.v1"].fields}
    assert stated["acknowledged_at"].about == "when the key worker said they know"
    assert not [event.type for event in shown.values() if event.about.endswith(" and")]
    assert "list of" in submitted["people"].type


@pytest.mark.parametrize(("path", "says"), [("/docs", "/v1/assessments"), ("/docs/events", "ce_")])
async def test_the_pages_load_nothing_from_elsewhere(place: Place, path: str, says: str) -> None:
    asked: list[str] = []
    async with serving(place) as url, async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=find_chromium(), args=arguments()
            )
        except Error:
            pytest.skip("Chromium was not found: install it, or set KITH_CHROMIUM")
        page = await browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(url + path)
        await page.get_by_text(says).first.wait_for()
        await browser.close()
    assert asked
    assert not [each for each in asked if not each.startswith((url, "data:"))]
