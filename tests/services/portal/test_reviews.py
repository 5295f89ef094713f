"""Possible matches, decisions, how well matching does: what reviewers see, and what they answer."""

from __future__ import annotations

import re

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import KEY_WORKER, LEAD, OPERATIONS, REVIEWER, signed_in, text


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
