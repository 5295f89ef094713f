"""What the pages show, what they keep back, and what they do when a service behind is down."""

from __future__ import annotations

import html
import logging
import re
from typing import Any

import pytest

from contracts.topics import TOPICS
from services.portal.sources import SERVICES
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import (
    DESK,
    KEY_WORKER,
    LEAD,
    OPERATIONS,
    REVIEWER,
    Visitor,
    signed_in,
)


def text(response) -> str:
    assert response.status_code == 200, response.text
    return html.unescape(response.text)


def test_the_inbox_says_who_why_and_by_when(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get("/inbox"))
    for words in (
        "1 alert to acknowledge",
        "The Green household",
        "Wigan Homes",
        "Urgent",
        "due ",
        "Family help. No referral was opened",
        "Is this household’s key worker",
        "My households",
    ):
        assert words in page


def test_the_most_severe_alert_comes_first(portal: Installation):
    portal.behind.add_alert(n.alert("now", n.SHAH, "immediate", due_at=n.soon(days=2)))
    page = text(signed_in(portal.url, KEY_WORKER).get("/inbox"))
    assert page.index("The Shah household") < page.index("The Green household")


def test_alerts_about_one_household_stand_together_as_they_came(portal: Installation):
    due = {"due_at": n.soon(days=1)}
    portal.behind.alerts = [
        n.alert("last", n.GREEN, "routine", raised_at=n.ago(minutes=1), agency_id="last", **due),
        n.alert("other", n.SHAH, "routine", raised_at=n.ago(minutes=2), agency_id="other", **due),
        n.alert("first", n.GREEN, "routine", raised_at=n.ago(minutes=3), agency_id="first", **due),
    ]
    page = text(signed_in(portal.url, KEY_WORKER).get("/inbox"))
    shown = [page.index(f"<strong>{name}</strong>") for name in ("First", "Last", "Other")]
    assert shown == sorted(shown)


def test_what_several_agencies_saw_of_one_household_is_acknowledged_at_once(
    portal: Installation,
):
    """Not what asks something, nor that somebody may be in danger now, nor what came since."""
    for name, severity, changes in (
        ("again", "routine", {}),
        ("yours", "urgent", {"kind": "assigned"}),
        ("danger", "immediate", {}),
        ("asks", "routine", {"kind": "handover"}),
        ("match", "routine", {"kind": "possible_match"}),
        ("other", "routine", {"household_id": n.SHAH}),
    ):
        portal.behind.add_alert(n.alert(name, **{"severity": severity} | changes))
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.get("/inbox"))
    assert page.count("about them") == 1
    assert "Acknowledge all 3 about them" in page
    form = page.split('action="/inbox/acknowledge"')[1].split("</form>")[0]
    shown = re.findall(r'name="alert" value="([^"]+)"', form)
    portal.behind.add_alert(n.alert("since", severity="routine"))
    done = visitor.post("/inbox/acknowledge", alert=shown)
    assert done.headers["location"] == "/inbox?done=acknowledged"
    left = {alert["id"] for alert in portal.behind.alerts}
    assert left == {n.an_id(f"alert {x}") for x in ("danger", "asks", "match", "other", "since")}
    assert visitor.post("/inbox/acknowledge", alert="../escalate").status_code == 422


@pytest.mark.parametrize(
    ("who", "says"),
    [
        (KEY_WORKER, "When an agency assesses one of your households"),
        (LEAD, "When a household waits for a key worker"),
        (DESK, "What is for the front door to decide"),
        ("privacy-officer", "When your word is needed"),
    ],
)
def test_an_empty_inbox_says_what_will_show_there(portal: Installation, who: str, says: str):
    portal.behind.alerts = []
    assert says in text(signed_in(portal.url, who).get("/inbox"))


def test_whoever_is_asked_to_take_a_household_over_comes_from_the_alert_to_the_answer(
    portal: Installation,
):
    """Whoever is told after them can neither accept nor decline."""
    theirs = {"kind": "key_worker", "id": n.JOSEPH, "contact": n.contact("Joseph Okoro")}
    asked = n.alert("asked", n.SHAH, kind="handover")
    portal.behind.alerts = [asked, n.alert("late", kind="handover", recipient=theirs)]
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.get("/inbox"))
    assert page.count('<a class="button" href="/team"') == 1
    assert page.index("The Shah household") < page.index("Accept or decline")
    done = visitor.post(f"/inbox/alerts/{asked['id']}/acknowledge", about="team")
    page = text(visitor.get(done.headers["location"]))
    assert "It waits on the" in page
    assert "The agency will see" not in page


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("assigned", "Joseph Okoro is now their key worker"),
        ("handover", "Joseph Okoro is asked to take them over"),
        ("changed", "Joseph Okoro is their key worker from now on"),
        ("linked", "Joseph Okoro is asked to hand over"),
        ("routed", "Assessed again"),
    ],
)
def test_whoever_is_told_after_the_key_worker_reads_whose_it_is(
    portal: Installation, kind: str, says: str
):
    """Standing in makes nobody their key worker, nor asks them to take anybody over."""
    theirs = {"kind": "key_worker", "id": n.JOSEPH, "contact": n.contact("Joseph Okoro")}
    step = {"step": 1, "recipient": portal.behind.alerts[0]["recipient"]}
    passed_on = n.alert("covered", kind=kind, recipient=theirs, escalations=[step])
    portal.behind.alerts = [passed_on]
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.get("/inbox"))
    for words in (says, "Why Joseph Okoro", "First to Joseph Okoro, then to you"):
        assert words in page
    for words in ("You are", "yours", "Why you", "Accept or decline"):
        assert words not in page
    assert "You are now" not in text(visitor.get(f"/households/{n.GREEN}"))

    # What is hidden from the reader names nobody, and its own step stands for whoever was first.
    portal.behind.alerts = [passed_on | {"hidden": True, "recipient": step["recipient"]}]
    page = text(visitor.get("/inbox"))
    assert "First to somebody on its list, then to you" in page
    assert says.replace("Joseph Okoro", "somebody on its list").lower() in page.lower()
    assert "Accept or decline" not in page


def test_restricted_households_are_told_apart_in_lists(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get("/inbox"))
    reference = f'A restricted household, reference <span class="id">{n.HIDDEN[-12:]}</span>'
    assert reference in page
    assert reference in text(signed_in(portal.url, LEAD).get("/team"))


def test_acknowledging_works_without_scripts(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    done = visitor.post(f"/inbox/alerts/{portal.behind.alerts[0]['id']}/acknowledge")
    assert done.headers["location"] == "/inbox?done=acknowledged"
    page = text(visitor.get(done.headers["location"]))
    assert "The agency will see that you know" in page
    assert "Nobody is waiting" in page


def test_services_are_told_who_looks_and_why(portal: Installation):
    signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}")
    path = f"/duplication/v1/households/{n.GREEN}"
    assert ("GET", path, n.MORAG, "household-page") in portal.behind.calls


def test_a_lead_sees_the_team_and_who_waits(portal: Installation):
    page = text(signed_in(portal.url, LEAD).get("/inbox"))
    assert "Denise Hartley" in page
    assert "The Shah household" in page
    assert "away: on leave until 4 December" in page


def test_a_desk_has_an_inbox_of_its_own(portal: Installation):
    to = {"kind": "front_door", "id": "wigan", "contact": n.DESK}
    kind: dict[str, Any] = {"kind": "front_door", "grounds": ["immediate_danger"]}
    portal.behind.add_alert(n.alert("danger", None, "immediate", recipient=to, **kind))
    page = text(signed_in(portal.url, DESK).get("/inbox"))
    assert "A household still to be found" in page
    assert "Somebody may be in danger now" in page


def test_a_household_shows_its_strengths_before_its_needs(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}"))
    marks = (
        "What this household is good at",
        "Karen keeps every appointment",
        "A good day",
        "Who is in it",
        "Assessments",
        "Secure housing",
    )
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)


def test_a_household_says_who_whose_and_why(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}"))
    for words in (
        "born 2 April 1988",
        "born September 2016",
        "Lee Walsh",
        "Morag Ellis",
        "Has known this household before",
        "Here also called Family Help Lead Practitioner",
        "Why Kith thinks this is the same household",
        "one slip apart",
        "Once an assessment came straight to the key worker",
    ):
        assert words in page


def test_rule_6_a_restricted_household_is_shown_to_those_on_its_list_only(portal: Installation):
    theirs = text(signed_in(portal.url, KEY_WORKER).get(f"/households/{n.HIDDEN}"))
    assert "Millfield Road" in theirs
    assert "you see this because you are on the list of those who may know" in theirs
    assert f"/who-may-know/{n.HIDDEN}" in theirs
    for who in (f"key_worker:{n.JOSEPH}", LEAD, DESK):
        page = text(signed_in(portal.url, who).get(f"/households/{n.HIDDEN}"))
        assert str(n.DESK["phone"]) in page
        for hidden in (
            "Millfield", "Karen", "Green", "Wigan Homes", "domestic", "good at", "Morag Ellis",
        ):  # fmt: skip
            assert hidden not in page, (who, hidden)


def test_a_restricted_household_has_no_name_in_a_list(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get("/inbox"))
    assert "A restricted household" in page


@pytest.mark.parametrize(
    ("service", "path", "lost", "kept"),
    [
        ("alerts", "/inbox", "Alerts cannot be shown", "My households"),
        ("keyworkers", "/inbox", "Who is the key worker of whom cannot be", "to acknowledge"),
        ("duplication", "/inbox", "", "A household"),
        ("agencies", "/inbox", "", "Wigan homes"),
        ("agencies", f"/households/{n.GREEN}", "What agencies recorded cannot", "Karen Green"),
        ("operations", f"/households/{n.GREEN}", "Journeys and counts cannot", "Karen Green"),
        ("alerts", f"/households/{n.GREEN}", "Alerts cannot be shown", "Karen Green"),
    ],
)
def test_a_service_that_is_down_takes_only_its_part_with_it(
    portal: Installation, service, path, lost, kept
):
    visitor = signed_in(portal.url, KEY_WORKER)
    portal.behind.down.add(service)
    page = text(visitor.get(path))
    assert lost in page
    assert kept in page
    assert "secret of the service" not in page


def test_rule_6_a_restricted_household_stays_closed_while_keyworkers_is_down(portal: Installation):
    theirs, other = signed_in(portal.url, KEY_WORKER), signed_in(portal.url, LEAD)
    portal.behind.down.add("keyworkers")
    page = text(other.get(f"/households/{n.HIDDEN}"))
    assert "Millfield" not in page
    assert str(n.DESK["phone"]) in page
    assert "Millfield" in text(theirs.get(f"/households/{n.HIDDEN}")), "they need it all the same"


def test_a_page_of_nothing_but_a_service_that_is_down_says_so(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    portal.behind.down.add("duplication")
    page = visitor.get(f"/households/{n.GREEN}")
    assert page.status_code == 502
    assert "the service “duplication” does not answer" in html.unescape(page.text)


def test_what_is_not_there_is_said_to_be_so(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    assert visitor.get(f"/households/{n.an_id('nobody')}").status_code == 404
    assert visitor.get("/nowhere").status_code == 404
    assert visitor.get("/households/green").status_code in {404, 422}


def test_what_agencies_wrote_otherwise_stays_visible(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}"))
    assert "Also written Tommie Green and born September 2015" in page


def test_a_review_shows_both_sides_and_takes_an_answer(portal: Installation):
    visitor = signed_in(portal.url, REVIEWER)
    portal.behind.hidden_reviews.append(n.an_id("hidden"))
    page = text(visitor.get("/reviews"))
    others = page.index("For somebody on its list")
    assert page.index(n.REVIEW) < others < page.index(n.an_id("hidden")), "first due or not"
    portal.behind.hidden_reviews.clear()
    reference = f'reference <span class="id">{n.REVIEW[-12:]}</span>'
    assert reference in page, "several are asked of the same, and people speak of them"
    page = text(visitor.get(f"/reviews/{n.REVIEW}"))
    assert reference in page
    assert "Karin Green" in page
    assert "Karen Green" in page
    done = visitor.post(f"/reviews/{n.REVIEW}", verdict="same", household_id=n.GREEN)
    page = text(visitor.get(done.headers["location"]))
    assert "Linked: it is the same household" in page
    assert f'<a href="/reviews/{n.REVIEW}">Look at it again</a>' in page
    assert portal.behind.verdicts == [{"verdict": "same", "household_id": n.GREEN}]
    assert "Nothing to look at" in page
    assert visitor.get("/reviews?done=same&of=https://elsewhere.example").status_code == 404


def test_a_proposed_link_asks_of_two_households_what_a_match_asks_of_an_assessment(
    portal: Installation,
):
    visitor = signed_in(portal.url, REVIEWER)
    match = text(visitor.get(f"/reviews/{n.REVIEW}"))
    link = text(visitor.get(f"/reviews/{n.LINK_REVIEW}"))
    assert "Is this the same household?" in match
    assert "What the agency sent" in match
    assert "Are these one household?" in link
    assert "What the agency sent" not in link
    assert "Each keeps its key worker until you answer." in link


def test_of_strangers_at_one_home_the_reviewer_is_told_what_may_be_and_shown_no_weights(
    portal: Installation,
):
    visitor = signed_in(portal.url, REVIEWER)
    page = text(visitor.get(f"/reviews/{n.STRANGERS_REVIEW}"))
    assert "people also share a house, or move in where others have left" in page
    weighed = "field by field"
    assert weighed in text(visitor.get(f"/reviews/{n.LINK_REVIEW}"))
    assert weighed not in page


def test_a_review_says_what_would_follow_from_each_answer_before_it_is_given(portal: Installation):
    visitor = signed_in(portal.url, REVIEWER)
    page = text(visitor.get(f"/reviews/{n.REVIEW}"))
    same, _, rest = page.partition("Say: the same")
    assert "The Green household goes on" in same
    assert "The assessment goes to Morag Ellis" in same
    different, _, cannot = rest.partition("Say: different")
    assert "A new referral is opened." in different
    assert "Joseph Okoro becomes their key worker" in different
    assert "never puts them together again" in different
    assert "not asked again" in cannot
    assert "Why you are asked: likeliest." in page
    assert portal.behind.verdicts == []
    portal.behind.down.add("keyworkers")
    without = text(visitor.get(f"/reviews/{n.REVIEW}"))
    assert "Who is the key worker of whom cannot be shown" in without
    assert "Say: the same" in without


def test_a_review_says_what_was_seen_since_and_leaves_the_answer_to_a_person(portal: Installation):
    visitor = signed_in(portal.url, REVIEWER)
    page = text(visitor.get(f"/reviews/{n.REVIEW}"))
    assert "Seen with 2 people of the household, 3 times, last" in page
    assert "Seen without anybody of the household, 1 time, last" in page
    assert "whoever leaves with children is seen with them" in page
    assert "Say: the same" in page
    assert "Since this was asked" not in text(visitor.get(f"/reviews/{n.LINK_REVIEW}"))


def test_a_review_is_taken_and_given_back(portal: Installation):
    visitor = signed_in(portal.url, REVIEWER)
    path = f"/reviews/{n.REVIEW}"
    assert "Nobody looks at this yet" in text(visitor.get(path))
    assert visitor.post(f"{path}/take").headers["location"] == path
    assert "You look at this" in text(visitor.get(path))
    assert "Somebody else looks" in text(signed_in(portal.url, LEAD).get(path))
    assert "Say: the same" not in text(signed_in(portal.url, LEAD).get(path))
    assert visitor.post(f"{path}/give-back").status_code == 303
    assert "Nobody looks at this yet" in text(visitor.get(path))
    assert visitor.post(f"{path}/merge").status_code == 403


def test_quality_shows_what_people_say_of_decisions(portal: Installation):
    page = text(signed_in(portal.url, REVIEWER).get("/reviews/quality"))
    for words in ("1,284", "2.3", "Reviewers said: the same", "31", "−5", "700"):
        assert words in page
    steps = ["−10 to −5", "−5 to 0", "5 to 10", "10 to 15", "15 to 20", "Nobody to compare with"]
    assert sorted(steps, key=page.index) == steps, "by number, not by spelling"
    assert "97 % of 35 answers are what the weight leaned to" in page
    lately = " ".join(re.sub("<[^>]*>", " ", page).split())
    assert "Possible matches 61 % of 41 94 % of 122 Fell Proposed links – of 0 – of 0 –" in lately
    drifted, _, rest = page.partition("Every agency and field")
    assert "Drifted: the share moved." in drifted
    assert "52 %" in drifted
    assert "Fell" in drifted
    assert "Wigan Homes" in drifted
    assert "Postcode" in rest
    assert "Fell" not in rest


def test_operations_see_how_well_matching_does_and_no_possible_match(portal: Installation):
    visitor = signed_in(portal.url, OPERATIONS)
    assert 'href="/reviews/quality"' in visitor.get("/operations").text
    page = visitor.get("/reviews/quality")
    assert page.status_code == 200
    assert 'href="/reviews"' not in page.text
    assert visitor.get("/reviews").status_code == 403
    assert visitor.get(f"/reviews/{n.REVIEW}").status_code == 403


def test_a_review_takes_no_other_answer(portal: Installation):
    visitor = signed_in(portal.url, REVIEWER)
    assert visitor.post(f"/reviews/{n.REVIEW}", verdict="merge").status_code == 422
    assert portal.behind.verdicts == []


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


@pytest.mark.parametrize("who", [KEY_WORKER, REVIEWER, OPERATIONS])
def test_a_decision_explains_itself_and_names_nobody(portal: Installation, who):
    page = text(signed_in(portal.url, who).get(f"/decisions/{n.an_id('assessment homes')}"))
    for words in (
        "one slip apart",
        "+6.6",
        "+0.4",
        "Starting odds −11.0",
        "parent and child of one name",
        "at least +6.0 bits; from +2.0 bits a person is asked",
        "has to lie 3.0 bits behind",
        "The runner-up: +17.4 bits",
        "Decided again by 2027-01",
        "2026-11",
    ):
        assert words in page
    assert "at least +6.0 bits" in page
    assert "The runner-up" in page
    assert "Karen" not in page


def test_what_agencies_write_is_text_and_never_markup(portal: Installation):
    portal.behind.add_alert(n.alert("x", reasons=["<script>alert(1)</script>"]))
    page = signed_in(portal.url, KEY_WORKER).get("/inbox").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_no_page_holds_a_style_or_script_of_its_own(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    for path in ("/inbox", f"/households/{n.GREEN}", "/sign-in"):
        page = visitor.get(path).text
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<style" not in page
        assert page.count("<script") == 1


def test_nobodys_name_is_in_an_address_or_a_log_line(portal: Installation, caplog):
    caplog.set_level(logging.DEBUG)
    visitor = signed_in(portal.url, KEY_WORKER)
    portal.behind.down.add("agencies")
    page = visitor.get(f"/households/{n.GREEN}").text
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert not [link for link in links if "green" in link.lower() and "mailto" not in link]
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("services.")]
    assert ours
    assert "Karen" not in " ".join(ours)


def test_the_stream_tells_of_changes_and_goes_on_where_the_page_was(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    seen: list[str] = []
    before = portal.behind.changes
    with visitor.client.stream(
        "GET", "/events/inbox", headers={"Last-Event-ID": str(before)}
    ) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            seen.append(line)
            if line == f"id: {before}":
                portal.behind.add_alert(n.alert("second"))
            if f"id: {before + 1}" in seen and not line:
                break
    assert seen[seen.index(f"id: {before + 1}") + 1 :] == ["event: changed", "data: 1", ""]
    assert not [line for line in seen if "Green" in line]
