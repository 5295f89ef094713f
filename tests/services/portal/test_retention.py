"""How long records are kept: what a privacy officer sees and does, and a lead's second word."""

from __future__ import annotations

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_retention import ERASED, ERASURE, GONE, HOLD, erasure, hold
from tests.services.portal.visitor import (
    DESK,
    KEY_WORKER,
    LEAD,
    OPERATIONS,
    REVIEWER,
    signed_in,
    text,
)

OFFICER = "privacy-officer"
PAGE = f"/retention/{n.HIDDEN}"
ANSWER = f"/retention/erasures/{ERASURE}"


def test_retention_the_officer_reads_the_policy_what_is_on_notice_and_what_is_held(
    portal: Installation,
):
    portal.behind.holds.append(hold())
    page = text(signed_in(portal.url, OFFICER).get("/retention"))
    assert "erased 6 years after anything last happened with it" in page
    assert "not before the youngest in it is 25" in page
    assert "On notice: 3" in page
    assert "Held: 1" in page
    assert "Not after all. Somebody works with it." in page
    assert "It was to be before: it was assessed, linked or separated meanwhile" in page
    assert "A public inquiry" in page
    assert f'href="{PAGE}"' in page
    assert "Later ones" in page
    assert [call[2:] for call in portal.behind.calls if "retention" in call[1]] == [
        (OFFICER, "retention")
    ]


def test_retention_a_place_without_a_policy_says_so(portal: Installation):
    portal.behind.has_retention = False
    page = text(signed_in(portal.url, OFFICER).get("/retention"))
    assert "has no policy: nothing is erased by itself" in page


@pytest.mark.parametrize("who", [KEY_WORKER, DESK, REVIEWER, OPERATIONS])
def test_retention_is_shown_to_nobody_else(portal: Installation, who: str):
    visitor = signed_in(portal.url, who)
    for path in ("/retention", PAGE, "/retention/erasures", f"/retention/erasures/{ERASED}"):
        assert visitor.get(path).status_code == 403
    for path in (f"{PAGE}/holds", f"{PAGE}/erasures", ANSWER):
        assert visitor.post(path, answer="agree", sure="yes").status_code == 403
    assert portal.behind.said == []


def test_retention_a_lead_gives_the_second_word_and_sees_nothing_else(portal: Installation):
    lead = signed_in(portal.url, LEAD)
    assert "/retention" not in text(lead.get("/restricted"))
    portal.behind.erasures.append(erasure())
    assert '<a href="/retention">1 household to be erased' in text(lead.get("/restricted"))
    page = text(lead.get("/retention"))
    assert "Second officer asked" in page
    assert "On notice" not in page
    assert PAGE not in page
    for path in (PAGE, "/retention/erasures", f"/retention/erasures/{ERASED}"):
        assert lead.get(path).status_code == 403
    assert lead.post(f"{PAGE}/holds", form={"reason": "inquiry", "for": "year"}).status_code == 403
    assert lead.post(ANSWER, answer="agree").status_code == 422, "not without being sure"
    assert portal.behind.said == []
    done = lead.post(ANSWER, answer="agree", sure="yes")
    assert done.headers["location"] == "/retention?done=agreed"
    assert portal.behind.said == [(ERASURE, "agree")]
    assert "Agreed. It is being erased" in text(lead.get("/retention?done=agreed"))


def test_retention_a_household_is_held_and_released(portal: Installation):
    officer = signed_in(portal.url, OFFICER)
    assert "On notice." in text(officer.get(PAGE))
    held = officer.post(f"{PAGE}/holds", form={"reason": "complaint", "for": "half"})
    assert held.headers["location"] == f"{PAGE}?done=held"
    page = text(officer.get(PAGE))
    assert "It is held." in page
    assert "a complaint is being answered" in page
    assert "Must it go before its time?" not in page, "not while it is held"
    officer.post(f"{PAGE}/holds/{HOLD}/end")
    assert "It is not held." in text(officer.get(PAGE))


def test_retention_what_is_asked_for_is_taken_back_by_whoever_asked(portal: Installation):
    officer = signed_in(portal.url, OFFICER)
    assert officer.post(f"{PAGE}/erasures", reason="objection").status_code == 303
    page = text(officer.get(PAGE))
    assert "Asked for: to be erased now" in page
    assert "Agree: erase it" not in page
    assert officer.post(ANSWER, answer="withdraw").headers["location"] == "/retention?done=taken"
    assert portal.behind.said == [(ERASURE, "withdraw")]


def test_retention_the_register_leads_to_what_went_from_where(portal: Installation):
    officer = signed_in(portal.url, OFFICER)
    register = text(officer.get("/retention/erasures"))
    assert f'href="/retention/erasures/{ERASED}"' in register
    assert "the policy" in register
    page = text(officer.get(f"/retention/erasures/{ERASED}"))
    assert "it had been kept for as long as the policy says" in page
    assert "people as agencies wrote them: 5" in page
    assert "assessments: 3" in page
    assert "not yet" in page, "of operations"
    assert "What Kafka still holds of it goes by itself" in page
    assert officer.get(f"/retention/erasures/{n.an_id('nothing')}").status_code == 404
    gone = officer.get(f"/retention/{GONE['household_id']}")
    assert gone.status_code == 410
    assert "This was erased" in gone.text


def test_retention_a_household_is_found_by_its_reference(portal: Installation):
    officer = signed_in(portal.url, OFFICER)
    assert officer.post("/retention/find", id=n.HIDDEN[-12:]).headers["location"] == PAGE
    assert "Several are called so" in officer.post("/retention/find", id="0" * 12).text
