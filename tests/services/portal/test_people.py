"""Leave, conflicts of interest and handing over: shown first, and to whom they concern only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_people import LEAVE, conflict, leave
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, OPERATIONS, signed_in, text

TODAY = n.NOW.date().isoformat()
IN_A_WEEK, IN_A_QUARTER = ((n.NOW.date() + timedelta(days=days)).isoformat() for days in (7, 90))
OF_MORAG = f"/team/members/{n.MORAG}"


@pytest.mark.parametrize(("who", "base"), [(KEY_WORKER, "/you"), (LEAD, OF_MORAG)])
def test_leave_is_told_once_it_is_seen_what_follows_and_ended_early(
    portal: Installation, who, base
):
    visitor = signed_in(portal.url, who)
    assert "None is known" in text(visitor.get(f"{base}/leave"))
    days = {"first": TODAY, "last": IN_A_WEEK}
    look = text(visitor.post(f"{base}/leave/look", form=days))
    assert "Joseph Okoro</strong> stands in: 12 of at most 16 households" in look
    assert "Joseph Okoro does not work on Mondays and Thursdays: then the next" in look
    assert "Also there: Sam Reed (not on Fridays)." in look
    assert "is told now of 1 open alert" in look
    assert "This is long" not in look
    assert portal.behind.said == []
    done = visitor.post(f"{base}/leave", form=days | {"cover": n.JOSEPH})
    assert done.headers["location"] == f"{base}/leave?done=arranged"
    page = text(visitor.get(done.headers["location"]))
    assert "Joseph Okoro stands in" in page
    assert "goes back to" in page
    visitor.post(f"{base}/leave/{LEAVE}/end")
    actor = n.MORAG if who == KEY_WORKER else n.TEAM
    assert portal.behind.said == [(f"leave {n.JOSEPH}", n.MORAG), ("end leave", actor)]


def test_a_long_absence_leads_to_planning_the_households_anew(portal: Installation):
    days = {"first": TODAY, "last": IN_A_QUARTER}
    theirs = text(signed_in(portal.url, KEY_WORKER).post("/you/leave/look", form=days))
    assert "Talk to your team lead, Denise Hartley" in theirs
    leads = text(signed_in(portal.url, LEAD).post(f"{OF_MORAG}/leave/look", form=days))
    assert f'href="{OF_MORAG}/plan"' in leads


def test_leave_that_cannot_be_is_said_beside_what_was_written(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    wrong = visitor.post("/you/leave/look", first=IN_A_WEEK, last=TODAY, cover=n.JOSEPH)
    page = text(wrong, 422)
    assert "The last day away is before the first" in page
    assert f'value="{IN_A_WEEK}"' in page
    page = text(visitor.post("/you/leave/look", first="soon"), 422)
    assert "Give the first day away" in page
    assert "Give the last day away" in page
    assert visitor.post(f"/you/leave/{LEAVE}/end").status_code == 404


def test_a_conflict_is_declared_once_it_is_seen_what_follows(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.get(f"/you/conflicts?household={n.GREEN}"))
    assert f'value="{n.GREEN}" selected' in page
    assert "A restricted household, since" in page
    look = text(visitor.post("/you/conflicts/look", household=n.GREEN))
    assert "You are their key worker now" in look
    assert "Joseph Okoro</strong> is asked to take them over" in look
    other = f"http://kith/households/{n.SHAH}"
    assert "decline that" in text(visitor.post("/you/conflicts/look", other=other))
    assert portal.behind.said == []
    visitor.post("/you/conflicts", household=n.GREEN)
    assert "The Green household" in text(visitor.get("/you/conflicts?done=declared"))
    visitor.post(f"/you/conflicts/{n.GREEN}/withdraw")
    assert portal.behind.said == [("declare", n.MORAG), ("withdraw", n.MORAG)]
    unknown = text(visitor.post("/you/conflicts/look", other=n.an_id("nobody")), 422)
    assert "Kith knows no such household" in unknown
    assert f'value="{n.an_id("nobody")}"' in unknown, "what was written is kept"
    assert "Choose the household" in text(visitor.post("/you/conflicts/look", other=""), 422)


def test_a_household_hidden_for_a_conflict_of_interest_is_not_said_to_be_restricted(
    portal: Installation,
):
    portal.behind.conflicts.append(conflict(n.GREEN))
    portal.behind.barred.append(n.GREEN)
    alert = portal.behind.alerts[0]
    alert |= {"hidden": True, "call": n.DESK, "agency_id": None, "reasons": []}
    visitor = signed_in(portal.url, KEY_WORKER)
    inbox = text(visitor.get("/inbox"))
    card = inbox.split('class="card alert')[1].split("</article>")[0]
    assert "A household not shown to you" in card
    assert "There is a conflict of interest" in card
    for words in ("estricted,", "Green", "Wigan Homes"):
        assert words not in card
    page = text(visitor.get("/you/conflicts"))
    assert f'A household not shown to you, reference <span class="id">{n.GREEN[-12:]}' in page


def test_about_whom_somebody_declared_a_conflict_is_theirs_to_know(portal: Installation):
    portal.behind.conflicts += [conflict(n.GREEN), conflict(n.SHAH, n.TEAM)]
    visitor = signed_in(portal.url, LEAD)
    page = text(visitor.get(f"{OF_MORAG}/conflicts"))
    before_form = page.split("Declare one")[0]
    assert "The Shah household" in before_form
    assert "Green" not in before_form
    assert "1 conflict that Morag Ellis declared" in page
    refused = visitor.post(f"{OF_MORAG}/conflicts/{n.GREEN}/withdraw")
    assert (refused.status_code, portal.behind.said) == (403, [])
    assert "Only who declared it can take it back" in refused.text
    own = text(signed_in(portal.url, KEY_WORKER).get("/you/conflicts"))
    assert "The Green household" in own
    assert "Declared by the team lead" in own


def test_nobody_else_sees_or_changes_what_is_theirs(portal: Installation):
    portal.behind.leave.append(leave())
    of_joseph = f"/team/members/{n.JOSEPH}"
    visitor = signed_in(portal.url, KEY_WORKER)
    for what in ("leave", "conflicts"):
        assert visitor.get(f"{of_joseph}/{what}").status_code == 403
        assert visitor.get(f"/you/{what}?key_worker_id={n.JOSEPH}").status_code == 200
        assert signed_in(portal.url, LEAD).get(f"/you/{what}").status_code == 403
        for who in (DESK, OPERATIONS):
            assert signed_in(portal.url, who).get(f"/you/{what}").status_code == 403
    assert visitor.post(f"{of_joseph}/leave", first=TODAY, last=TODAY).status_code == 403
    assert visitor.post(f"{of_joseph}/conflicts", household=n.GREEN).status_code == 403
    assert signed_in(portal.url, LEAD).get("/team/members/somebody/leave").status_code == 403
    assert portal.behind.said == []


def test_whom_to_hand_over_to_is_chosen_with_the_reasons_in_sight(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    alert = portal.behind.alerts[0]["id"]
    assert f"/inbox/alerts/{alert}/hand-over" in text(visitor.get("/inbox"))
    page = text(visitor.get(f"/inbox/alerts/{alert}/hand-over"))
    assert "Has known this household and has room: holds 12 of at most 16 households" in page
    assert page.index("Cannot be asked now") < page.index("Sam Reed")
    assert 'value="sam-reed"' not in page
    done = visitor.post(f"/inbox/alerts/{alert}/hand-over", hand_over_to=n.JOSEPH)
    assert "you stay their key worker until" in text(visitor.get(done.headers["location"]))
    assert portal.behind.said == [(f"hand over to {n.JOSEPH}", n.MORAG)]


def test_nobody_is_asked_twice_and_an_alert_is_answered_by_whom_it_was_told(
    portal: Installation,
):
    alert = portal.behind.alerts[0]["id"]
    portal.behind.asked = "Joseph Okoro"
    page = text(signed_in(portal.url, KEY_WORKER).get(f"/inbox/alerts/{alert}/hand-over"))
    assert "Joseph Okoro has been asked already" in page
    assert "<button>Ask them" not in page
    assert signed_in(portal.url, LEAD).get(f"/inbox/alerts/{alert}/hand-over").status_code == 403


def test_a_practitioner_finds_all_of_it_under_you(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get("/you"))
    assert "/you/leave" in page
    assert "/you/conflicts" in page
    assert "/you/leave" not in text(signed_in(portal.url, LEAD).get("/you"))
    assert "Here also called" not in page
    team = text(signed_in(portal.url, KEY_WORKER).get("/team"))
    assert f"here also called {n.ALIAS}" in team
