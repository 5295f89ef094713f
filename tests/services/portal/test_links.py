"""Linking and separating by hand: looked at before, put into effect once, taken back."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import KEY_WORKER, LEAD, OPERATIONS, REVIEWER, signed_in, text

HOMES, SCHOOL = n.an_id("assessment homes"), n.an_id("assessment school")
PAGE = f"/links/{n.GREEN}"


def hidden(page: str) -> dict[str, str | list[str]]:
    """What the last form of a page would send, without its token."""
    form = page.rpartition("<form")[2]
    pairs = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {
        name: [value for other, value in pairs if other == name]
        for name, _ in pairs
        if name != "token"
    }


@pytest.mark.parametrize("who", [LEAD, REVIEWER])
def test_households_are_linked_after_a_look_at_what_follows(portal: Installation, who: str):
    visitor = signed_in(portal.url, who)
    other = f"https://kith.example/households/{n.SHAH}"
    page = text(visitor.post(f"{PAGE}/look", kind="link", other=other))
    assert "Are these one household?" in page
    assert "The Green household" in page
    assert "The Shah household" in page
    assert "taken back at any time" in page
    assert "Morag Ellis stays their key worker. Joseph Okoro no longer is" in page
    assert portal.behind.links == []

    done = visitor.post(PAGE, form=hidden(page))
    assert done.headers["location"] == f"{PAGE}?done=link"
    [link] = portal.behind.links
    assert link["body"]["household_ids"] == [n.GREEN, n.SHAH]
    assert "Linked with The Shah household" in text(visitor.get(PAGE))


def test_sending_a_confirmation_twice_says_one_change(portal: Installation):
    visitor = signed_in(portal.url, LEAD)
    form = hidden(text(visitor.post(f"{PAGE}/look", kind="link", other=n.SHAH)))
    visitor.post(PAGE, form=form)
    visitor.post(PAGE, form=form)
    assert len({link["body"]["id"] for link in portal.behind.links}) == 1


def test_assessments_are_separated_with_their_people_or_without(portal: Installation):
    visitor = signed_in(portal.url, LEAD)
    assert "Wigan Homes" in text(visitor.get(PAGE))
    page = text(
        visitor.post(f"{PAGE}/look", kind="separation", assessment=[HOMES], same_people="yes")
    )
    assert "1 assessment" in page
    assert "never put them back" in page
    visitor.post(PAGE, form=hidden(page))
    [change] = portal.behind.links
    assert change["body"]["assessment_ids"] == [HOMES]
    assert change["body"]["other_people"] is False


def test_a_change_is_taken_back_after_a_look(portal: Installation):
    visitor = signed_in(portal.url, REVIEWER)
    form = hidden(text(visitor.post(f"{PAGE}/look", kind="link", other=n.SHAH)))
    visitor.post(PAGE, form=form)
    undo = f"{PAGE}/link/{form['id'][0]}/undo"
    page = text(visitor.post(undo))
    assert "Take this back?" in page
    assert "undone_by" not in portal.behind.links[0]
    assert visitor.post(undo, form=hidden(page)).headers["location"] == f"{PAGE}?done=undone"
    after = text(visitor.get(PAGE))
    assert "taken back since" in after
    assert "Take it back" not in after


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"kind": "merge"}, "linked or separated, and nothing else"),
        ({"kind": "link", "other": n.SHAH, "id": "x"}, "This form is damaged"),
    ],
)
def test_a_form_that_no_page_has_is_refused(
    portal: Installation, form: dict[str, str | list[str]], says: str
):
    refused = signed_in(portal.url, LEAD).post(f"{PAGE}/look", form=form)
    assert refused.status_code == 422
    assert says in unescape(refused.text)
    assert portal.behind.links == []


@pytest.mark.parametrize(
    ("form", "says", "kept"),
    [
        ({"kind": "link", "other": "the Shahs"}, "paste the address", 'value="the Shahs"'),
        ({"kind": "separation", "same_people": "yes"}, "Choose the", 'value="yes" checked'),
    ],
)
def test_what_a_form_lacks_is_said_on_its_page_with_what_was_chosen(
    portal: Installation, form: dict[str, str | list[str]], says: str, kept: str
):
    again = signed_in(portal.url, LEAD).post(f"{PAGE}/look", form=form)
    assert again.status_code == 422
    assert says in unescape(again.text)
    assert kept in again.text
    assert again.text.count('role="alert"') == 1
    assert portal.behind.links == []


def test_an_unknown_household_is_said_to_be_unknown(portal: Installation):
    missing = signed_in(portal.url, LEAD).post(f"{PAGE}/look", kind="link", other=n.an_id("none"))
    assert missing.status_code == 404
    assert "There is no such household." in unescape(missing.text)


@pytest.mark.parametrize("path", [f"/links/{n.HIDDEN}", None])
def test_rule_6_a_restricted_household_is_linked_by_nobody_who_is_not_on_its_list(
    portal: Installation, path: str | None
):
    visitor = signed_in(portal.url, REVIEWER)
    if path is None:
        answer = visitor.post(f"{PAGE}/look", kind="link", other=n.HIDDEN)
    else:
        answer = visitor.get(path)
    assert answer.status_code == 403
    assert "restricted" in answer.text
    assert "Green" not in answer.text


@pytest.mark.parametrize("who", [KEY_WORKER, OPERATIONS])
def test_others_may_not(portal: Installation, who: str):
    visitor = signed_in(portal.url, who)
    assert visitor.get(PAGE).status_code == 403
    assert visitor.post(f"{PAGE}/look", kind="link", other=n.SHAH).status_code == 403
