"""A household's page: its strengths first, who is in it, whose it is, what began it; on paper."""

from __future__ import annotations

import re

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, signed_in, text


def test_an_assessment_that_began_a_household_is_not_said_to_be_of_one_that_was_known(
    portal: Installation,
):
    """Whom it was compared with spoke against it. A desk may not see decisions, nor a way there."""
    page = text(signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}"))
    school = page.split("<h3>Wigan Primary School</h3>")[1].split("</li>\n</ol>")[0]
    assert "Kith knew nobody in it yet" in school
    assert "Why Kith thinks" not in school
    assert f"/decisions/{n.an_id('assessment school')}" in school
    assert "/decisions/" not in text(signed_in(portal.url, DESK).get(f"/households/{n.GREEN}"))


def test_a_household_says_first_whom_to_call_where_the_page_is_narrow(portal: Installation):
    call = '<p class="narrow"><a href="#kw">Key worker</a>: <strong>Morag Ellis</strong>'
    page = text(signed_in(portal.url, LEAD).get(f"/households/{n.GREEN}"))
    assert page.index(call) < page.index("What this household is good at")
    theirs = text(signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}"))
    assert call not in theirs
    # Which of several alerts it is.
    assert "Assessed again by Wigan Homes, <time" in theirs


def test_what_is_printed_says_of_which_day_it_is(portal: Installation):
    """“Yesterday” says nothing on paper."""
    page = text(signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}"))
    assert re.search(
        r'<p class="printed">Printed from Kith on \d+ \w+ \d{4} at [\w:]+, for Mor', page
    )


def test_whoever_is_asked_to_check_a_possible_match_is_led_to_what_agrees(portal: Installation):
    """By field, without what the agency wrote: it may be of somebody else."""
    check = n.alert("check", n.SHAH, kind="possible_match")
    desk = {"kind": "duty_desk", "id": "wigan", "contact": n.DESK}
    step = {"step": 1, "recipient": desk}
    portal.behind.alerts = [check, n.alert("late", kind="possible_match", escalations=[step])]
    address = f'<a href="/decisions/{check["assessment_id"]}">What agrees and what does not'
    visitor = signed_in(portal.url, KEY_WORKER)
    assert address in text(visitor.get("/inbox"))
    assert visitor.get(f"/decisions/{check['assessment_id']}").status_code == 200
    assert "/decisions/" not in text(signed_in(portal.url, DESK).get("/inbox")), "not theirs to see"


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("assigned", True),
        ("routed", True),
        ("possible_match", True),
        ("changed", False),
        ("queued", False),
        ("front_door", False),
        ("linked", False),
        ("not_handed_over", False),
    ],
)
def test_an_agency_is_said_to_see_it_only_where_it_does(
    portal: Installation, kind: str, heard: bool
):
    """What agencies are told of: services/agencies/outcomes.py."""
    portal.behind.alerts = [alert := n.alert("one", kind=kind)]
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.get("/inbox"))
    assert ("will see that you know" in page) == heard
    about = {} if heard else {"about": "answer"}
    assert ('name="about" value="answer"' in page) == bool(about)
    done = visitor.post(f"/inbox/alerts/{alert['id']}/acknowledge", form=about)
    assert ("will see that you know" in text(visitor.get(done.headers["location"]))) == heard


def test_what_was_not_handed_over_is_asked_of_somebody_else_from_the_alert(portal: Installation):
    reasons = ["Joseph Okoro declined: ask them again, or somebody else"]
    portal.behind.alerts = [n.alert("declined", kind="not_handed_over", reasons=reasons)]
    page = text(signed_in(portal.url, KEY_WORKER).get("/inbox"))
    assert f'href="/households/{n.GREEN}/hand-over">Ask somebody else' in page
    assert "<dt>Why</dt><dd>Joseph Okoro declined" in page
    assert "Not this household" not in page


def test_a_lead_whose_team_has_no_room_reads_what_to_do(portal: Installation):
    lead = {"kind": "team_lead", "id": n.TEAM, "contact": n.LEAD}
    portal.behind.alerts = [n.alert("waits", kind="queued", recipient=lead)]
    page = text(signed_in(portal.url, LEAD).get("/inbox"))
    assert 'You can make room: on the <a href="/team">' in page


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


def test_what_agencies_wrote_otherwise_stays_visible(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}"))
    assert "Also written Tommie Green and born September 2015" in page
