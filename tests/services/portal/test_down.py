"""What a page says while a service behind does not answer: never that what it lacks is not so."""

from __future__ import annotations

import html

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import KEY_WORKER, LEAD, signed_in, text

_NAMES = "Who is in which household cannot be shown"


def test_a_household_is_not_said_to_be_good_at_nothing_while_nobody_can_say(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    assert "Karen keeps every appointment" in text(visitor.get(f"/households/{n.GREEN}"))
    portal.behind.down.add("agencies")
    page = text(visitor.get(f"/households/{n.GREEN}"))
    assert "What this household is good at cannot be shown now." in page
    assert "Nobody has written this down yet" not in page


def test_a_household_without_its_name_says_why(portal: Installation):
    visitor, lead = signed_in(portal.url, KEY_WORKER), signed_in(portal.url, LEAD)
    assert _NAMES not in text(visitor.get("/inbox"))
    portal.behind.down.add("duplication")
    assert text(visitor.get("/inbox")).count(_NAMES) == 2, "the alerts, and their households"
    assert _NAMES in text(lead.get("/team"))
    # What is new shows all the same: nothing says that the alerts are missing.
    portal.behind.add_alert(n.alert("new", n.SHAH))
    part = text(visitor.get("/parts/inbox"))
    assert "2 alerts to acknowledge" in part
    assert 'class="note missing"' not in part
    assert _NAMES in part


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
