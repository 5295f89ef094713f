"""The inbox: who was assessed again, why and by when; what is answered, and its stream."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, signed_in, text


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


def test_acknowledging_works_without_scripts(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    done = visitor.post(f"/inbox/alerts/{portal.behind.alerts[0]['id']}/acknowledge")
    assert done.headers["location"] == "/inbox?done=acknowledged"
    page = text(visitor.get(done.headers["location"]))
    assert "The agency will see that you know" in page
    assert "Nobody is waiting" in page


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


def test_a_restricted_household_has_no_name_in_a_list(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get("/inbox"))
    assert "A restricted household" in page


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
