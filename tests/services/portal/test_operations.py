"""What operations see: journeys, the flow, parked records, the ledger; and never a household."""

from __future__ import annotations

import pytest

from contracts.topics import TOPICS
from services.portal.sources import SERVICES
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import KEY_WORKER, OPERATIONS, Visitor, signed_in, text


def test_operations_shows_journeys_measures_and_health(portal: Installation):
    portal.behind.down.add("duplication")
    page = text(signed_in(portal.url, OPERATIONS).get("/operations"))
    for words in ("1,284", "861", "98 %", "agencies.assessments", "Routed", "16 ms", "Not well"):
        assert words in page


def test_operations_shows_what_a_service_waits_for(portal: Installation):
    said = "PostgreSQL does not answer: ConnectionRefusedError"
    portal.behind.obstacles["agencies"] = [said]
    page = text(signed_in(portal.url, OPERATIONS).get("/operations"))
    assert said in page
    assert "start it again" not in page  # that would not help


def test_rule_6_a_journey_says_which_agency_it_is_from_once_it_is_matched(portal: Installation):
    portal.behind.journeys[0] |= {"agency_id": None, "household_id": None, "state": "under_review"}
    visitor = signed_in(portal.url, OPERATIONS)
    assert "shown once matched" in text(visitor.get("/operations"))
    page = text(visitor.get(f"/operations/journeys/{portal.behind.journeys[0]['id']}"))
    assert "Not matched yet" in page
    assert "Which agency it is from shows once" in page
    assert "Wigan Homes" not in page


def test_a_journey_is_found_by_its_id_and_drawn(portal: Installation):
    visitor = signed_in(portal.url, OPERATIONS)
    found = visitor.post("/operations/journeys", reference=n.an_id("assessment homes"))
    page = text(visitor.get(found.headers["location"]))
    stages, hops = page.split("Every hop")
    assert stages.count('class="stage"') == 5
    assert "Key worker knows" in stages
    assert hops.count('class="stage"') == 2
    assert "1 statement, 0.3 ms" in hops
    assert "failed: TimeoutError" in hops


def test_a_journey_without_spans_says_why(portal: Installation, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(n, "SPANS", [])
    page = text(
        signed_in(portal.url, OPERATIONS).get(f"/operations/journeys/{n.an_id('assessment homes')}")
    )
    assert "No spans were kept of this journey" in page


def test_a_journey_is_found_by_its_agencys_reference_which_is_in_no_address(portal: Installation):
    visitor = signed_in(portal.url, OPERATIONS)
    found = visitor.post("/operations/journeys", agency="wigan-homes", reference=" WH-7 ")
    assert found.headers["location"] == f"/operations/journeys/{n.an_id('assessment homes')}"
    assert visitor.get("/operations/journeys?reference=WH-7").status_code == 405
    for sought in ({"reference": "WH-7"}, {"agency": "wigan-homes", "reference": "WH-8"}):
        missed = visitor.post("/operations/journeys", form={**sought})
        assert (missed.status_code, missed.url.query) == (422, b"")
        assert f'value="{sought["reference"]}"' in missed.text


def test_the_flow_map_draws_every_topic_with_its_rate_and_how_far_each_reader_is(
    portal: Installation,
):
    portal.behind.down.add("alerts")
    page = text(signed_in(portal.url, OPERATIONS).get("/parts/flow"))
    for words in (
        "agencies.assessments",
        "12 a minute",
        "2 on the way",
        "2 behind",
        "does not answer",
    ):
        assert words in page
    assert page.count('class="writes" cx="10"') == 1
    assert page.count('class="topic') == len([t for t in TOPICS if t.producer in SERVICES])


def test_a_parked_record_is_tried_again(portal: Installation):
    visitor = _with_a_parked_record(portal)
    assert "no area" in text(visitor.get("/operations"))
    assert visitor.post("/operations/parked/keyworkers/4/retry").status_code == 303
    assert portal.behind.parked == []
    assert visitor.post("/operations/parked/portal/4/retry").status_code == 403


def test_a_parked_record_is_let_go_only_once_that_is_confirmed(portal: Installation):
    visitor = _with_a_parked_record(portal)
    path = "/operations/parked/keyworkers/4/discard"
    assert visitor.post(path).headers["location"] == path
    assert portal.behind.parked
    assert "Let this record go?" in text(visitor.get(path))
    assert visitor.post(path, confirmed="yes").status_code == 303
    assert portal.behind.parked == []
    assert visitor.get(path).status_code == 404
    asked = ("POST", "/keyworkers/parked/4/discard", "operations", "operations")
    assert asked in portal.behind.calls


def test_parked_records_that_are_alike_stand_once_and_are_decided_together(portal: Installation):
    visitor = _with_a_parked_record(portal, records=24)
    assert "and 23 records like it" in text(visitor.get("/operations"))
    assert "Let these 24 records go?" in text(
        visitor.get("/operations/parked/keyworkers/4/discard")
    )
    portal.behind.parked_left = 3
    answer = visitor.post("/operations/parked/keyworkers/4/retry")
    assert "still parked" in text(visitor.get(answer.headers["location"].partition("#")[0]))


def _with_a_parked_record(portal: Installation, records: int = 1) -> Visitor:
    parked = {"id": 4, "consumer": "c", "topic": "t", "partition": 0, "record_offset": 7}
    parked |= {"reason": "no area", "records": records}
    portal.behind.parked.append(parked | {"parked_at": n.ago(minutes=1)})
    return signed_in(portal.url, OPERATIONS)


def test_the_impact_page_shows_the_ledger_it_is_counted_from(portal: Installation):
    page = text(signed_in(portal.url, OPERATIONS).get("/operations/impact"))
    assert page.count(">861<") == 2, "what is avoided, and the sum of its kinds"
    for words in ("Family help", "+17.4 bits", "Told, not answered yet", "Wigan Homes"):
        assert words in page
    for hidden in ("Green", "Millfield", n.GREEN):
        assert hidden not in page
    assert signed_in(portal.url, KEY_WORKER).get("/operations/impact").status_code == 403


def test_a_row_of_what_was_erased_leads_nowhere_and_says_so(portal: Installation):
    page = text(signed_in(portal.url, OPERATIONS).get("/operations/impact"))
    assert page.count("Erased since") == 1
    assert n.ERASED not in page
