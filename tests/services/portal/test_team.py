"""The team's page: who walks beside whom, handovers and offers answered, a caseload planned."""

from __future__ import annotations

import pytest

from services.portal.answers import KeyWorker
from services.portal.team import Member, holds_more
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_team import DIGEST, HANDOVER, OFFER, handover, offer
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, REVIEWER, signed_in, text


def test_a_key_worker_sees_whom_each_of_the_team_works_with(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get("/team"))
    assert page.index("Morag Ellis") < page.index("The Green household")
    assert "A restricted household" in page
    assert "away: on leave until 4 December" in page
    assert "Nobody is asked to take a household over" in page
    assert "/plan" not in page


def test_households_that_are_counted_and_not_listed_are_said_to_be_so(portal: Installation):
    says = "Some households are counted and not listed, because you may not know of them"
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.get("/team"))
    assert "12 of at most 16 households" in page
    assert says in page
    joseph = KeyWorker.model_validate(n.key_worker(n.JOSEPH, "Joseph Okoro", 2.5))
    assert not holds_more(Member(joseph, [(n.GREEN, "", 1.0), (n.SHAH, "", 1.5)]))
    assert holds_more(Member(joseph, [(n.GREEN, "", 1.0)]))


@pytest.mark.parametrize(("answer", "said"), [("accept", "accepted"), ("decline", "declined")])
def test_a_handover_is_answered_by_whom_it_was_asked(portal: Installation, answer, said):
    portal.behind.handovers.append(handover())
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.get("/team"))
    assert "From Joseph Okoro to you: their key worker leaves" in page
    done = visitor.post(f"/team/handovers/{HANDOVER}/{answer}")
    assert done.headers["location"] == f"/team?done={said}"
    assert portal.behind.said == [(answer, n.MORAG)]
    assert f"/team/handovers/{HANDOVER}" not in text(visitor.get(done.headers["location"]))
    again = visitor.post(f"/team/handovers/{HANDOVER}/{answer}")
    assert (again.status_code, "has been answered" in again.text) == (409, True)
    assert visitor.post(f"/team/handovers/{HANDOVER}/forget").status_code == 403


def test_whoever_asked_may_take_the_question_back_and_others_only_see_it(portal: Installation):
    portal.behind.handovers += [
        handover(from_key_worker_id=n.MORAG, to_key_worker_id=n.JOSEPH, proposed_by=n.MORAG),
    ]
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.get("/team"))
    assert f"{HANDOVER}/withdraw" in page
    assert f"{HANDOVER}/accept" not in page
    assert f"{HANDOVER}/" not in text(signed_in(portal.url, LEAD).get("/team"))


def test_an_offered_household_is_claimed(portal: Installation):
    portal.behind.offers.append(offer())
    assert "Claim" not in text(signed_in(portal.url, LEAD).get("/team"))
    visitor = signed_in(portal.url, KEY_WORKER)
    assert "Offered to the team" in text(visitor.get("/team"))
    done = visitor.post(f"/team/offers/{OFFER}/claim")
    assert "You are their key worker now" in text(visitor.get(done.headers["location"]))
    assert portal.behind.said == [("claim", n.MORAG)]


def test_a_lead_looks_at_a_plan_and_has_it_proposed(portal: Installation):
    visitor = signed_in(portal.url, LEAD)
    path = f"/team/members/{n.MORAG}/plan"
    assert path in text(visitor.get("/team"))
    page = text(visitor.get(path))
    assert page.index("The Green household") < page.index("Joseph Okoro")
    assert page.index("Nobody in the team can be asked") < page.index("The Shah household")
    assert portal.behind.said == []
    assert visitor.post(path, digest=DIGEST, reason="boredom").status_code == 422
    done = visitor.post(path, digest=DIGEST, reason="leaving")
    assert done.headers["location"] == "/team?done=proposed"
    assert portal.behind.said == [(f"{DIGEST} leaving", n.MORAG)]
    assert visitor.get("/team/members/somebody-else/plan").status_code == 403


def test_only_the_team_sees_its_page_and_only_its_lead_plans(portal: Installation):
    for who in (DESK, REVIEWER):
        assert signed_in(portal.url, who).get("/team").status_code == 403
    visitor = signed_in(portal.url, KEY_WORKER)
    assert visitor.get(f"/team/members/{n.MORAG}/plan").status_code == 403
    assert visitor.post(f"/team/members/{n.MORAG}/plan", digest=DIGEST).status_code == 403


def test_the_page_says_what_is_missing_when_a_service_is_down(portal: Installation):
    visitor = signed_in(portal.url, LEAD)
    portal.behind.down.add("duplication")
    assert "A household" in text(visitor.get("/team"))
    portal.behind.down.add("keyworkers")
    assert visitor.get("/team").status_code == 502


def test_hand_over_is_an_answer_to_an_alert(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    alert = portal.behind.alerts[0]["id"]
    done = visitor.post(f"/inbox/alerts/{alert}/hand-over", hand_over_to="")
    assert "you stay their key worker until they accept" in text(
        visitor.get(done.headers["location"])
    )
    assert portal.behind.said == []
