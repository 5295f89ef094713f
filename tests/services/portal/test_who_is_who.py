"""Saying who is who by hand: looked at before, put into effect once, taken back."""

from __future__ import annotations

from html import unescape

import pytest

from services.portal.answers_links import Follows
from services.portal.consequences import all_in_words
from services.portal.reviews import strongest_fields
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.test_links import hidden
from tests.services.portal.visitor import KEY_WORKER, LEAD, REVIEWER, signed_in, text

PAGE = f"/links/{n.GREEN}/people"
KAREN, TOMMY, PRIYA = n.an_id("Karen Green"), n.an_id("Tommy Green"), n.an_id("Priya Shah")


@pytest.mark.parametrize("who", [LEAD, REVIEWER])
def test_two_people_are_said_to_be_one_after_a_look(portal: Installation, who: str):
    visitor = signed_in(portal.url, who)
    assert "Karen Green" in text(visitor.get(PAGE))
    page = text(visitor.post(f"{PAGE}/look", kind="link", person=[KAREN, TOMMY]))
    assert "Are these one person?" in page
    assert "Key workers, referrals and alerts stay as they are." in page
    assert portal.behind.links == []
    done = visitor.post(PAGE, form=hidden(page))
    assert done.headers["location"] == f"{PAGE}?done=link"
    [link] = portal.behind.links
    assert link["body"]["person_ids"] == [KAREN, TOMMY]
    assert "Two people are one" in text(visitor.get(f"/links/{n.GREEN}"))


def test_somebody_of_another_household_is_shown_beside(portal: Installation):
    visitor = signed_in(portal.url, LEAD)
    page = text(visitor.get(f"{PAGE}?beside=https://kith.example/households/{n.SHAH}"))
    assert "The Shah household" in page
    assert f'value="{PRIYA}"' in page
    unnamed = visitor.get(f"{PAGE}?beside=the+Shahs")
    assert unnamed.status_code == 422
    assert 'value="the Shahs"' in unnamed.text
    refused = visitor.get(f"{PAGE}?beside={n.HIDDEN}")
    assert refused.status_code == 403
    assert "restricted" in refused.text


def test_one_who_is_two_is_separated_and_that_is_taken_back(portal: Installation):
    visitor = signed_in(portal.url, LEAD)
    homes = n.an_id("assessment homes")
    page = text(visitor.post(f"{PAGE}/look", kind="separation", person=[TOMMY], assessment=[homes]))
    assert "Are these two people?" in page
    assert "never take the two for one again" in page
    form = hidden(page)
    visitor.post(PAGE, form=form)
    [change] = portal.behind.links
    assert change["body"]["assessment_ids"] == [homes]
    undo = f"/links/{n.GREEN}/people_separation/{form['id'][0]}/undo"
    page = text(visitor.post(undo))
    assert "Take this back?" in page
    assert visitor.post(undo, form=hidden(page)).status_code == 303
    assert "taken back since" in text(visitor.get(f"/links/{n.GREEN}"))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"kind": "merge"}, "linked or separated, and nothing else"),
        ({"kind": "link", "id": "x"}, "This form is damaged"),
    ],
)
def test_a_form_that_no_page_has_is_refused(
    portal: Installation, form: dict[str, str | list[str]], says: str
):
    refused = signed_in(portal.url, LEAD).post(f"{PAGE}/look", form=form)
    assert refused.status_code == 422
    assert says in unescape(refused.text)


def test_what_a_form_lacks_is_said_on_its_page_with_who_was_chosen(portal: Installation):
    visitor = signed_in(portal.url, LEAD)
    again = visitor.post(f"{PAGE}/look", kind="link", person=[PRIYA], beside=n.SHAH)
    assert again.status_code == 422
    assert "Choose two people who are one." in again.text
    assert "The Shah household" in again.text
    assert f'value="{PRIYA}" checked' in again.text
    again = visitor.post(f"{PAGE}/look", kind="separation", person=[TOMMY])
    assert again.status_code == 422
    assert "Choose the assessments in which it is somebody else." in again.text
    assert again.text.count("<details open>") == 1
    assert " checked" not in again.text


def test_others_may_not_and_a_restricted_household_is_shown_to_nobody(portal: Installation):
    assert signed_in(portal.url, KEY_WORKER).get(PAGE).status_code == 403
    assert signed_in(portal.url, LEAD).get(f"/links/{n.HIDDEN}/people").status_code == 403


def test_that_a_key_worker_stays_is_said_once():
    found = [
        Follows(kind="household.moved", who="Charlotte Allen"),
        Follows(kind="engagement.ended", who="Charlotte Allen", former="Adam Ward", goes_on=True),
    ]
    assert all_in_words(found) == [
        "Open alerts follow.",
        "Charlotte Allen stays their key worker. Adam Ward no longer is, and hands over.",
    ]
    assert all_in_words(found[:1]) == [
        "Charlotte Allen stays their key worker; open alerts follow."
    ]


def test_a_question_about_one_person_shows_what_made_them_one():
    def link(id_: str, level: str, weight: float):
        share = {"comparison": "birth", "level": level, "weight": weight}
        return {"person_id": id_, "weight": weight, "fields": [share]}

    detail = {
        "people": [
            {"best": link("kept", "missing", 22.6), "runner_up": link("other", "exact", 10)}
        ],
        "same": [{"person_id": "kept", "other_person_id": "other"}],
    }
    assert [one.level for one in strongest_fields(detail)] == ["missing"]
    assert [one.level for one in strongest_fields(detail, "one_person")] == ["exact"]
