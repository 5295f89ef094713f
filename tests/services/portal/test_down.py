"""What a page says while a service behind does not answer: never that what it lacks is not so."""

from __future__ import annotations

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.test_pages import text
from tests.services.portal.visitor import KEY_WORKER, LEAD, signed_in

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
