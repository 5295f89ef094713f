"""The pages in a real browser: live without a reload, by keyboard alone, on a small screen."""

from __future__ import annotations

from itertools import product
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.accessibility import faults
from tests.browser.screenshots import sign_in
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_access import asked
from tests.services.portal.stand_in_deliveries import delivery, webhook
from tests.services.portal.stand_in_people import conflict, leave
from tests.services.portal.stand_in_team import DIGEST, handover, offer

pytestmark = pytest.mark.browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
KEY_WORKER = f"key_worker:{n.MORAG}"
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
    "reviewer": [
        "/reviews",
        "/reviews/quality",
        f"/reviews/{n.REVIEW}",
        f"/links/{n.GREEN}",
        f"/links/{n.GREEN}/people",
    ],
    "operations": [
        "/operations",
        "/operations?missed=agency",
        "/operations/impact",
        "/operations/deliveries",
        "/operations/webhooks",
        "/place",
        "/operations/parked/keyworkers/4/discard",
        f"/decisions/{n.an_id('assessment homes')}",
        f"/operations/journeys/{n.an_id('assessment homes')}",
    ],
}


def test_households_are_linked_and_put_back_by_hand(page: Page, portal: Installation):
    sign_in(page, portal.url, "reviewer")
    page.goto(f"{portal.url}/links/{n.GREEN}")
    page.get_by_label("The other household").fill(n.SHAH)
    page.locator('section[aria-labelledby="link"] button').click()
    expect(page.get_by_role("heading", name="Are these one household?")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Link them").click()
    expect(page.get_by_role("status").first).to_contain_text("Linked")
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status").first).to_contain_text("Taken back")


def test_two_people_are_said_to_be_one_by_hand(page: Page, portal: Installation):
    sign_in(page, portal.url, "reviewer")
    page.goto(f"{portal.url}/links/{n.GREEN}")
    page.get_by_role("link", name="Say that two people are one, or that one is two").click()
    page.get_by_role("checkbox", name="Karen Green 2 assessments").check()
    page.get_by_role("checkbox", name="Tommy Green 2 assessments").check()
    page.locator('section[aria-labelledby="one"] form').first.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Are these one person?")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="They are one person").click()
    expect(page.get_by_role("status").first).to_contain_text("they are one person now")


def test_a_review_is_answered_knowing_what_follows(page: Page, portal: Installation):
    sign_in(page, portal.url, "reviewer")
    page.goto(f"{portal.url}/reviews/{n.REVIEW}")
    same = page.locator(".answer", has=page.get_by_role("heading", name="The same household"))
    expect(same).to_contain_text("The assessment goes to Morag Ellis")
    same.get_by_role("button", name="Say: the same").click()
    expect(page.get_by_role("status").first).to_contain_text("Linked")
    assert portal.behind.verdicts == [{"verdict": "same", "household_id": n.GREEN}]


def test_an_alert_appears_without_a_reload_and_goes_when_acknowledged(
    page: Page, portal: Installation
):
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    page.evaluate("window.sameDocument = true")

    portal.behind.add_alert(n.alert("now", n.SHAH, "immediate"))
    expect(page.get_by_role("heading", name="The Shah household")).to_be_visible()
    expect(page.locator(".alert")).to_have_count(2)
    expect(page.locator("#announcer")).to_contain_text("New alert, immediate: The Shah household")
    expect(page).to_have_title("(2) Inbox – Kith")

    page.get_by_role("button", name="Acknowledge the alert about The Shah").click()
    expect(page.locator(".alert")).to_have_count(1)
    expect(page.locator("#announcer")).to_contain_text("Wigan Homes will see that you know")
    assert page.evaluate("window.sameDocument") is True
    assert [a["household_id"] for a in portal.behind.alerts] == [n.GREEN]


def test_a_change_leaves_the_focus_where_it_is(page: Page, portal: Installation):
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    button = page.get_by_role("button", name="Acknowledge the alert about The Green")
    button.focus()
    portal.behind.add_alert(n.alert("now", n.SHAH, "immediate"))
    expect(page.locator(".alert")).to_have_count(2)
    expect(button).to_be_focused()


def test_a_change_leaves_the_focus_where_it_is_even_when_it_comes_late(
    page: Page, portal: Installation
):
    """The page's own first refresh, held until somebody is at work in it."""
    held: list[Route] = []
    at_work = False

    def hold(route: Route) -> None:
        if at_work:
            route.continue_()
        else:
            held.append(route)

    page.route("**/parts/inbox", hold)
    sign_in(page, portal.url, KEY_WORKER)
    button = page.get_by_role("button", name="Acknowledge the alert about The Green")
    button.focus()
    page.evaluate("window.moved = 0; document.addEventListener('focusout', () => window.moved++)")
    expect(page.locator("#live-state")).to_have_text("Live")
    portal.behind.add_alert(n.alert("now", n.SHAH, "immediate"))
    at_work = True
    for route in held:
        route.continue_()
    expect(page.locator(".alert")).to_have_count(2)
    expect(button).to_be_focused()
    assert page.evaluate("window.moved") == 0


def test_a_service_that_does_not_answer_for_a_moment_takes_nothing_from_the_page(
    page: Page, portal: Installation
):
    with page.expect_response("**/parts/inbox"):  # asked for once when the stream opens
        sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    button = page.get_by_role("button", name="Acknowledge the alert about The Green")
    button.focus()
    missing = '<p class="note missing">Alerts could not be loaded.</p>'
    page.route(
        "**/parts/inbox", lambda route: route.fulfill(body=missing, content_type="text/html")
    )
    portal.behind.add_alert(n.alert("now", n.SHAH, "immediate"))
    expect(page.locator("#live-state")).to_contain_text("Not connected")
    expect(page.locator(".alert")).to_have_count(1)
    expect(button).to_be_focused()
    page.unroute("**/parts/inbox")
    expect(page.locator(".alert")).to_have_count(2)
    expect(page.locator("#live-state")).to_have_text("Live")
    expect(button).to_be_focused()


def test_the_page_says_when_it_is_not_live_and_comes_back_by_itself(
    page: Page, portal: Installation
):
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    portal.behind.down.add("alerts")
    expect(page.locator("#live-state")).to_contain_text("Not connected")
    portal.behind.add_alert(n.alert("meanwhile", n.SHAH))
    portal.behind.down.clear()
    expect(page.locator("#live-state")).to_have_text("Live")
    expect(page.get_by_role("heading", name="The Shah household")).to_be_visible()


def test_the_whole_way_with_the_keyboard_alone(page: Page, portal: Installation):
    page.goto(f"{portal.url}/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    _tab_to(page, "Find a key worker or a team by name")
    page.keyboard.type("morag")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in?q=morag")
    _tab_to(page, "Morag Ellis")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    _tab_to(page, "Acknowledge the alert about The Green household from Wigan Homes")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nobody is waiting for your answer")).to_be_focused()
    _tab_to(page, "The Green household")
    page.keyboard.press("Enter")
    page.wait_for_url("**/households/*")
    expect(page.get_by_role("heading", name="What this household is good at")).to_be_visible()
    _tab_to(page, "Why Kith thinks this is the same household")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="+6.2").first).to_be_visible()


def test_journeys_appear_without_a_reload(page: Page, portal: Installation):
    sign_in(page, portal.url, "operations")
    expect(page.locator("#live-state")).to_have_text("Live")
    rows = page.locator('[data-live-part="/parts/journeys"] tbody tr')
    expect(rows).to_have_count(1)
    portal.behind.add_journey(n.journey("second", 0))
    expect(rows).to_have_count(2)


def test_a_handover_is_accepted_and_an_offer_claimed_on_the_teams_page(
    page: Page, portal: Installation
):
    portal.behind.handovers.append(handover())
    portal.behind.offers.append(offer())
    sign_in(page, portal.url, KEY_WORKER)
    page.get_by_role("link", name="Team", exact=True).click()
    expect(page.get_by_text("From Joseph Okoro to you")).to_be_visible()
    page.get_by_role("button", name="Accept The Shah household from Joseph Okoro").click()
    expect(page.get_by_text("You are their key worker now; their alerts")).to_be_visible()
    page.get_by_role("button", name="Claim The Green household").click()
    expect(page.get_by_role("heading", name="Offered to the team")).to_have_count(0)
    assert portal.behind.said == [("accept", n.MORAG), ("claim", n.MORAG)]


def test_leave_is_told_with_the_keyboard_alone_on_a_small_screen(page: Page, portal: Installation):
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, portal.url, KEY_WORKER)
    _tab_to(page, "You")
    page.keyboard.press("Enter")
    page.wait_for_url("**/you")
    _tab_to(page, "Tell leave, see who stands in, or end it early")
    page.keyboard.press("Enter")
    page.wait_for_url("**/you/leave")
    for name in ("First day away", "Last day away"):
        _tab_to(page, name)
        page.locator(":focus").fill(f"{n.NOW:%Y-%m-%d}")  # typed in the browser's own order
    _tab_to(page, "See what follows")
    page.keyboard.press("Enter")
    page.wait_for_url("**/you/leave/look")
    expect(page.get_by_text("Joseph Okoro stands in")).to_be_visible()
    assert faults(page) == []
    _tab_to(page, "Arrange it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("The leave is arranged")
    assert portal.behind.said == [(f"leave {n.JOSEPH}", n.MORAG)]


def test_how_messages_come_is_chosen_and_tried(page: Page, portal: Installation):
    sign_in(page, portal.url, KEY_WORKER)
    page.get_by_role("link", name="You", exact=True).click()
    page.get_by_role("link", name="Choose how messages reach you").click()
    page.get_by_label("Text message").uncheck()
    page.get_by_label("In working time only").check()
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_role("status").first).to_contain_text("Kept")
    assert portal.behind.preferences[n.MORAG]["channels"] == ["email"]
    page.get_by_role("button", name="Send me a test message").click()
    expect(page.get_by_text("taken by the server")).to_be_visible()


def test_a_conflict_is_declared_and_a_household_handed_over_to_whom_was_chosen(
    page: Page, portal: Installation
):
    sign_in(page, portal.url, KEY_WORKER)
    page.goto(f"{portal.url}/households/{n.GREEN}")
    page.get_by_role("link", name="I have a conflict of interest here").click()
    page.get_by_role("button", name="See what follows").click()
    expect(page.get_by_text("nobody is left without")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Declare it").click()
    expect(page.get_by_role("heading", name="The Green household")).to_be_visible()
    page.goto(f"{portal.url}/inbox")
    for name in (
        "Other answers to the alert about The Green household",
        "Hand over … The Green household",
    ):
        _tab_to(page, name)
        page.keyboard.press("Enter")
    page.wait_for_url("**/hand-over")
    first = "The first who canToday that is Joseph Okoro. The order is made anew when it is asked."
    _tab_to(page, first)
    page.keyboard.press("ArrowDown")
    expect(page.locator(f'input[value="{n.JOSEPH}"]')).to_be_checked()
    _tab_to(page, "Ask them")
    page.keyboard.press("Enter")
    expect(page.get_by_text("you stay their key worker until they accept")).to_be_visible()
    assert portal.behind.said == [("declare", n.MORAG), (f"hand over to {n.JOSEPH}", n.MORAG)]


def test_a_household_that_moved_is_handed_over_to_another_team(page: Page, portal: Installation):
    sign_in(page, portal.url, KEY_WORKER)
    page.goto(f"{portal.url}/households/{n.GREEN}")
    page.get_by_role("link", name="Hand over").click()
    expect(page.get_by_text("They were last seen where Leigh West works")).to_be_visible()
    own = page.get_by_role("radio", name="Joseph Okoro").bounding_box()
    there = page.get_by_role("radio", name="Tom Farr").bounding_box()
    assert own is not None
    assert there is not None
    assert own["y"] < there["y"], "their own team comes first"
    page.get_by_label("Name").fill("Sunita")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio", name="Sunita Rao").check()
    page.get_by_role("button", name="Ask them").click()
    expect(page.get_by_text("They are asked, and have five days to answer")).to_be_visible()
    assert portal.behind.said == [("asked", "sunita-rao")]
    page.get_by_role("link", name="Hand over").click()
    expect(page.get_by_text("sunita-rao has been asked already")).to_be_visible()


def test_what_a_household_takes_is_said_and_why(page: Page, portal: Installation):
    sign_in(page, portal.url, KEY_WORKER)
    page.goto(f"{portal.url}/households/{n.HIDDEN}")
    expect(page.get_by_text("Counts as 1 household in your caseload")).to_be_visible()
    page.get_by_text("Change what it counts as").click()
    page.get_by_label("As how many households it counts").select_option("2")
    page.get_by_label("Why").select_option("safety")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("their caseload counts it so from now on")).to_be_visible()
    expect(
        page.get_by_text("Counts as 2 households in your caseload: they are seen")
    ).to_be_visible()
    assert portal.behind.said == [("counts as 2", "safety")]
    page.goto(f"{portal.url}/team")
    expect(page.get_by_text("counts as 2 households")).to_be_visible()


def test_rule_6_a_restriction_is_lifted_by_two_and_put_back_by_one(
    page: Page, portal: Installation
):
    restricted = f"{portal.url}/who-may-know/{n.HIDDEN}"
    sign_in(page, portal.url, KEY_WORKER)
    page.goto(restricted)
    page.get_by_label("Why not").select_option("protection_ended")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Nothing changes until somebody else agrees")).to_be_visible()
    expect(page.get_by_role("button", name="Agree: restricted no longer")).to_have_count(0)
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, portal.url, "team_lead:wigan-north")
    page.get_by_role("link", name="Restricted", exact=True).click()
    expect(page.get_by_text("It waits for an answer")).to_be_visible()
    page.goto(restricted)
    expect(page.get_by_text("What they have seen cannot be taken back")).to_be_visible()
    page.get_by_role("button", name="Agree: restricted no longer").click()
    expect(page.get_by_text("Everybody whose work it is: it is not restricted")).to_be_visible()
    page.get_by_text("All that was changed").click()
    expect(page.get_by_text("asked for by Morag Ellis")).to_be_visible()
    page.goto(f"{portal.url}/restricted")
    expect(page.get_by_role("heading", name="Restricted no longer")).to_be_visible()

    page.goto(restricted)
    page.get_by_role("button", name="Restrict it again").click()
    expect(page.get_by_text("Only those on its list may see it")).to_be_visible()
    expect(page.get_by_role("heading", name="Who may know now")).to_be_visible()


def test_a_lead_plans_a_caseload_anew(page: Page, portal: Installation):
    sign_in(page, portal.url, "team_lead:wigan-north")
    page.get_by_role("link", name="Team", exact=True).click()
    page.get_by_role("link", name="Plan the households of Morag Ellis anew").click()
    page.get_by_label("Why they move on").select_option("Morag Ellis is away for long")
    page.get_by_role("button", name="Ask for 1 handover").click()
    expect(page.get_by_text("Nothing changes until they accept")).to_be_visible()
    assert portal.behind.said == [(f"{DIGEST} long_absence", n.MORAG)]


def test_everything_works_with_scripts_off(browser: Browser, portal: Installation):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, portal.url, KEY_WORKER)
    page.get_by_role("button", name="Acknowledge the alert").click()
    expect(page.get_by_text("The agency will see that you know")).to_be_visible()
    expect(page.locator(".alert")).to_have_count(0)
    context.close()


def test_every_page_is_accessible(browser: Browser, portal: Installation):
    """Each page is fetched once and looked at light and dark, on a phone and on a desk."""
    portal.behind.add_alert(n.alert("now", n.HIDDEN, "immediate", late=True))
    portal.behind.add_alert(n.alert("later", n.SHAH, "routine", kind="possible_match"))
    portal.behind.handovers.append(handover())
    portal.behind.offers.append(offer())
    parked = {"id": 4, "consumer": "c", "topic": "t", "partition": 0, "record_offset": 7}
    portal.behind.leave.append(leave())
    portal.behind.conflicts.append(conflict(n.GREEN, is_theirs=True))
    portal.behind.liftings.append(asked())
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
            for width, scheme in product((360, 1200), SCHEMES):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                if wrong := faults(page):
                    found[f"{who} {path} {width} {scheme}"] = wrong
        context.close()
    assert found == {}


def _tab_to(page: Page, name: str, most: int = 40) -> None:
    """Press Tab until what has the focus is called ``name``."""
    called = "e => (e.labels?.[0] ?? e).textContent.trim().replace(/\\s+/g, ' ')"
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"({called})(document.activeElement)") == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}")
