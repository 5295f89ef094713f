"""Restricted households are found by what people say of them: their references."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_access import asked
from tests.services.portal.visitor import DESK, LEAD, signed_in, text

OFFICER = "privacy-officer"


@pytest.mark.parametrize(("who", "page"), [(OFFICER, "/restricted"), (DESK, "/inbox")])
def test_whoever_is_called_finds_a_restricted_household_by_the_reference_that_is_said(
    portal: Installation, who: str, page: str
):
    """As pages show it: whoever may not know is told to call the desk, and to say it."""
    visitor = signed_in(portal.url, who)
    assert 'action="/who-may-know/find"' in text(visitor.get(page))
    for said in (n.HIDDEN[-12:], f" {n.HIDDEN[-12:].upper()} "):
        found = visitor.post("/who-may-know/find", id=said)
        assert found.headers["location"] == f"/who-may-know/{n.HIDDEN}"


@pytest.mark.parametrize("said", ["0" * 12, "nonsense", "", n.an_id("nobody")])
def test_a_reference_of_nothing_is_shown_again_as_it_was_typed(portal: Installation, said: str):
    visitor = signed_in(portal.url, DESK)
    missed = visitor.post("/who-may-know/find", id=said)
    assert missed.status_code == 422
    assert "Kith knows no restricted household of this reference" in missed.text
    assert f'value="{said}"' in missed.text


def test_who_may_know_is_said_of_no_day_to_come(portal: Installation):
    visitor = signed_in(portal.url, LEAD)
    path = f"/who-may-know/{n.HIDDEN}"
    assert '<a href="/restricted">Restricted households</a>' in text(visitor.get(path))
    assert "Who could know at the end of" in text(visitor.get(f"{path}?on={n.NOW:%Y-%m-%d}"))
    refused = visitor.get(f"{path}?on={n.NOW + timedelta(days=2):%Y-%m-%d}")
    assert refused.status_code == 422
    assert "a day to come" in refused.text
    assert 'aria-describedby="day-on-fault"' in visitor.get(f"{path}?on=3 March 2026").text


def test_rule_6_a_lead_who_may_not_agree_yet_reads_what_to_do(portal: Installation):
    """Neither of the two knows the household: one of them has to be put on its list first."""
    portal.behind.liftings.append(asked(OFFICER))
    page = text(signed_in(portal.url, LEAD).get(f"/who-may-know/{n.HIDDEN}"))
    assert "neither are you. Have its key worker ask for it, or <a" in page
    assert '<a href="#add">put yourself on the list</a> first' in page
    assert 'id="add"' in page
