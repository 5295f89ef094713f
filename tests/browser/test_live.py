"""Pages change by themselves while somebody works in them, and take nothing out of their hands."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.accessibility import faults
from tests.browser.conftest import KEY_WORKER
from tests.browser.screenshots import sign_in
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation

pytestmark = pytest.mark.browser


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
    expect(page.locator("[data-settling]")).to_have_count(0)

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
    portal.behind.changes += 1  # What was asked for before has been answered once this shows.
    expect(page.locator("#live-state")).to_contain_text("Not connected")
    with page.expect_response("**/parts/inbox"):
        portal.behind.add_alert(n.alert("now", n.SHAH, "immediate"))
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


def test_what_was_answered_is_said_to_those_who_see_it_too(page: Page, portal: Installation):
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    expect(page.locator("#answer-said")).to_be_hidden()
    page.get_by_role("button", name="Acknowledge the alert about The Green").click()
    expect(page.locator("#answer-said")).to_be_visible()
    expect(page.locator("#answer-said")).to_contain_text("Wigan Homes will see that you know")
    assert faults(page) == []


def test_an_answer_given_after_signing_out_in_another_tab_is_not_said_to_be_taken(
    browser: Browser, portal: Installation
):
    context = browser.new_context()
    page, other = context.new_page(), context.new_page()
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    other.goto(f"{portal.url}/you")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in")
    page.get_by_role("button", name="Acknowledge the alert about The Green").click()
    expect(page.locator(".alert")).to_contain_text("so nothing was changed. Sign in")
    expect(page.locator("#announcer")).to_contain_text("nothing was changed")
    expect(page.locator("#live-state")).to_contain_text("You are signed out")
    expect(page.locator("#answer-said")).to_be_hidden()
    assert len(portal.behind.alerts) == 1
    context.close()


def test_the_inbox_of_whoever_signs_in_in_another_tab_is_not_shown_under_the_first_name(
    browser: Browser, portal: Installation
):
    context = browser.new_context()
    page, other = context.new_page(), context.new_page()
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    sign_in(other, portal.url, "team_lead:wigan-north")
    theirs = {"kind": "team_lead", "id": n.TEAM, "contact": n.contact("The lead")}
    portal.behind.add_alert(n.alert("theirs", n.SHAH, recipient=theirs))
    expect(other.get_by_role("heading", name="The Shah household")).to_be_visible()
    portal.behind.add_alert(n.alert("mine", n.SHAH))
    expect(page.locator("#live-state")).to_contain_text("somebody else signed in")
    expect(page.get_by_role("heading", name="The Shah household")).to_have_count(0)
    context.close()


def test_pressing_twice_answers_once_and_not_what_comes_in_its_place(
    page: Page, portal: Installation
):
    portal.behind.add_alert(n.alert("second", n.SHAH, "routine"))
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    # Again at once, and in the moment in which the next card comes to where the first was.
    page.evaluate("""() => {
        const first = document.querySelector(".alert");
        const press = () => document.querySelector(".alert form button").click();
        new MutationObserver((_, seen) => {
            if (first.isConnected) return;
            seen.disconnect();
            press();
        }).observe(first.parentElement, { childList: true });
        press();
        press();
    }""")
    expect(page.locator("#answer-said")).to_contain_text("This list has just changed")
    expect(page.locator(".alert")).to_have_count(1)
    assert [alert["household_id"] for alert in portal.behind.alerts] == [n.SHAH]
    asked = [call for call in portal.behind.calls if call[1].endswith("/acknowledge")]
    assert len(asked) == 1
    expect(page.locator("[data-settling]")).to_have_count(0)
    page.get_by_role("button", name="Acknowledge the alert about The Shah").click()
    expect(page.locator(".alert")).to_have_count(0)


def test_a_click_does_not_answer_what_came_under_the_pointer_this_moment(
    page: Page, portal: Installation
):
    with page.expect_response("**/parts/inbox"):  # asked for once when the stream opens
        sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    page.evaluate("""() => {
        new MutationObserver((_, seen) => {
            seen.disconnect();
            const click = new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 });
            document.querySelector(".alert form button").dispatchEvent(click);
        }).observe(document.querySelector(".alert").parentElement, { childList: true });
    }""")
    portal.behind.add_alert(n.alert("now", n.SHAH, "immediate"))
    expect(page.locator("#answer-said")).to_contain_text("This list has just changed")
    expect(page.locator(".alert")).to_have_count(2)
    assert len(portal.behind.alerts) == 2


def test_journeys_appear_without_a_reload(page: Page, portal: Installation):
    sign_in(page, portal.url, "operations")
    expect(page.locator("#live-state")).to_have_text("Live")
    rows = page.locator('[data-live-part="/parts/journeys"] tbody tr')
    expect(rows).to_have_count(1)
    portal.behind.add_journey(n.journey("second", 0))
    expect(rows).to_have_count(2)


@pytest.mark.parametrize(
    ("called", "begins", "ends"),
    [
        ("Acknowledge", '<p class="note restricted small">Restricted: only', "</p>"),
        ("Not this household", '<form method="post"', "</form>"),
    ],
    ids=["a note", "an answer like it"],
)
def test_what_goes_away_before_it_leaves_the_focus_where_it_is(
    page: Page, portal: Installation, called: str, begins: str, ends: str
):
    """Neither lost, nor left on a button that does something else now."""
    [green] = portal.behind.alerts
    green["restrictions"] = ["domestic_abuse"]
    with page.expect_response("**/parts/inbox"):  # asked for once when the stream opens
        sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    page.get_by_text("Other answers").click()
    page.get_by_role("button", name=called).focus()
    page.evaluate("""() => {
        window.focused = document.activeElement;
        window.moved = 0;
        document.addEventListener('focusout', () => window.moved++);
    }""")

    def without(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        card = text.index(f'data-key="{green["id"]}"')
        start = text.index(begins, text.index("Other answers", card) if "form" in begins else card)
        end = text.index(ends, start) + len(ends)
        route.fulfill(response=answer, body=text[:start] + text[end:])

    page.route("**/parts/inbox", without)
    portal.behind.add_alert(n.alert("now", n.SHAH, "immediate"))
    expect(page.locator(".alert")).to_have_count(2)
    focused = page.evaluate("[document.activeElement === focused, focused.textContent]")
    assert focused[0], "what had the focus was made anew"
    assert focused[1].startswith(called)
    assert page.evaluate("window.moved") == 0
