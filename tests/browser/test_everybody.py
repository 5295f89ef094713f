"""Every page for everybody: by keyboard alone, without scripts, on a phone, light and dark."""

from __future__ import annotations

from itertools import product
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import faults
from tests.browser.conftest import KEY_WORKER
from tests.browser.keyboard import tab_to
from tests.browser.screenshots import sign_in
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_access import answered, asked, second_word
from tests.services.portal.stand_in_deliveries import delivery, webhook
from tests.services.portal.stand_in_people import conflict, leave
from tests.services.portal.stand_in_retention import ERASED, erasure, hold
from tests.services.portal.stand_in_team import handover, offer

pytestmark = pytest.mark.browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PAGES = {
    KEY_WORKER: [
        "/sign-in",
        "/inbox",
        "/team",
        f"/households/{n.GREEN}",
        f"/households/{n.HIDDEN}",
        f"/who-may-know/{n.HIDDEN}",
        "/you",
        "/you/leave",
        "/you/conflicts",
        "/you/messages",
        f"/inbox/alerts/{n.alert('homes')['id']}/hand-over",
        f"/households/{n.GREEN}/hand-over?name=sunita",
        "/nowhere",
    ],
    f"key_worker:{n.JOSEPH}": [f"/households/{n.HIDDEN}"],
    "team_lead:wigan-north": [
        "/inbox",
        "/restricted",
        f"/who-may-know/{n.HIDDEN}",
        "/team",
        f"/team/members/{n.MORAG}/plan",
        f"/team/members/{n.MORAG}/leave",
        f"/team/members/{n.MORAG}/conflicts",
    ],
    "privacy-officer": [
        "/inbox",
        "/restricted",
        "/subject-access",
        f"/who-may-know/{n.HIDDEN}",
        "/who-looked",
        f"/who-looked/{n.HIDDEN}",
        "/retention",
        f"/retention/{n.HIDDEN}",
        "/retention/erasures",
        f"/retention/erasures/{ERASED}",
    ],
    "reviewer": [
        "/reviews",
        "/reviews/quality",
        f"/reviews/{n.REVIEW}",
        f"/links/{n.GREEN}",
        f"/links/{n.GREEN}/people",
    ],
    "operations": [
        "/operations",
        "/operations/impact",
        "/operations/deliveries",
        "/operations/webhooks",
        "/reviews/quality",
        "/place",
        "/operations/parked/keyworkers/4/discard",
        f"/decisions/{n.an_id('assessment homes')}",
        f"/operations/journeys/{n.an_id('assessment homes')}",
    ],
}


def test_the_whole_way_with_the_keyboard_alone(page: Page, portal: Installation):
    page.goto(f"{portal.url}/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    tab_to(page, "Find a key worker or a team by name")
    page.keyboard.type("morag")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in?q=morag")
    tab_to(page, "Morag Ellis")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    tab_to(page, "Acknowledge the alert about The Green household from Wigan Homes")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nobody is waiting for your answer")).to_be_focused()
    tab_to(page, "The Green household")
    page.keyboard.press("Enter")
    page.wait_for_url("**/households/*")
    expect(page.get_by_role("heading", name="What this household is good at")).to_be_visible()
    tab_to(page, "Why Kith thinks this is the same household")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="+6.2").first).to_be_visible()


def test_everything_works_with_scripts_off(browser: Browser, portal: Installation):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, portal.url, KEY_WORKER)
    page.get_by_role("button", name="Acknowledge the alert").click()
    expect(page.get_by_text("The agency will see that you know")).to_be_visible()
    expect(page.locator(".alert")).to_have_count(0)
    context.close()


def test_every_page_is_accessible(browser: Browser, portal: Installation):
    """Each page is fetched once and looked at light and dark, as narrow as a desk's at 400 %, and
    wide. Long names and times fit."""
    portal.behind.add_alert(n.alert("now", n.HIDDEN, "immediate", late=True))
    portal.behind.add_alert(n.alert("later", n.SHAH, "routine", kind="possible_match"))
    portal.behind.handovers.append(handover())
    portal.behind.offers.append(offer())
    parked = {"id": 4, "consumer": "c", "topic": "t", "partition": 0, "record_offset": 7}
    portal.behind.leave.append(leave())
    portal.behind.conflicts.append(conflict(n.GREEN, is_theirs=True))
    portal.behind.liftings.append(asked())
    portal.behind.holds.append(hold())
    portal.behind.erasures.append(erasure())
    portal.behind.hidden_reviews.append(n.an_id("hidden"))
    portal.behind.add_alert(second_word())
    portal.behind.add_alert(second_word("privacy-officer"))
    for who, word in (
        (n.MORAG, "agreed"),
        (n.TEAM, "declined"),
        (n.TEAM, "needless"),
        ("privacy-officer", "agreed"),
    ):
        portal.behind.add_alert(answered(who, word))
    portal.behind.webhooks.append(webhook(state="failing", failing_since=n.ago(hours=2)))
    portal.behind.deliveries += [
        delivery("one", "agencies"),
        delivery("two", "alerts", state="waiting", next_attempt_at=n.soon(minutes=5)),
    ]
    portal.behind.parked.append(parked | {"reason": "no area", "parked_at": n.ago(minutes=1)})
    found: dict[str, list[str]] = {}
    for who, paths in PAGES.items():
        context = browser.new_context(reduced_motion="reduce")
        page = context.new_page()
        sign_in(page, portal.url, who)
        for path in paths:
            page.goto(portal.url + path)
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            for width, scheme in product((320, 1200), SCHEMES):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                if wrong := faults(page):
                    found[f"{who} {path} {width} {scheme}"] = wrong
        context.close()
    assert found == {}
