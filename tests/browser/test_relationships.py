"""Who walks beside whom, and who may know: handed over, away, in conflict, planned, lifted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import faults
from tests.browser.conftest import KEY_WORKER
from tests.browser.keyboard import tab_to
from tests.browser.screenshots import sign_in
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_access import answered, asked, second_word
from tests.services.portal.stand_in_team import DIGEST, handover, offer

pytestmark = pytest.mark.browser


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
    tab_to(page, "You")
    page.keyboard.press("Enter")
    page.wait_for_url("**/you")
    tab_to(page, "Tell leave, see who stands in, or end it early")
    page.keyboard.press("Enter")
    page.wait_for_url("**/you/leave")
    for name in ("First day away", "Last day away"):
        tab_to(page, name)
        page.locator(":focus").fill(f"{n.NOW:%Y-%m-%d}")  # typed in the browser's own order
    tab_to(page, "See what follows")
    page.keyboard.press("Enter")
    page.wait_for_url("**/you/leave/look")
    expect(page.get_by_text("Joseph Okoro stands in")).to_be_visible()
    assert faults(page) == []
    tab_to(page, "Arrange it")
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
        tab_to(page, name)
        page.keyboard.press("Enter")
    page.wait_for_url("**/hand-over")
    first = "The first who canToday that is Joseph Okoro. The order is made anew when it is asked."
    tab_to(page, first)
    page.keyboard.press("ArrowDown")
    expect(page.locator(f'input[value="{n.JOSEPH}"]')).to_be_checked()
    tab_to(page, "Ask them")
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
    asked = page.locator(".alert", has_text="your word is needed")
    expect(asked).to_contain_text("A restricted household")
    expect(asked).not_to_contain_text("Wigan Homes")
    expect(asked.get_by_role("button", name="Not this household")).to_have_count(0)
    page.get_by_role("link", name="Restricted", exact=True).click()
    expect(page.get_by_text("It waits for an answer")).to_be_visible()
    page.get_by_role("link", name="Inbox").click()
    asked.get_by_role("link", name="Decide").click()
    page.wait_for_url(restricted)
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


def test_rule_6_a_privacy_officer_is_asked_for_the_second_word_in_their_inbox(
    page: Page, portal: Installation
):
    portal.behind.liftings.append(asked(n.TEAM))
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, portal.url, "privacy-officer")
    page.get_by_role("link", name="Inbox").click()
    expect(page.get_by_text("When your word is needed, it shows here")).to_be_visible()
    expect(page.locator("#live-state")).to_have_text("Live")
    portal.behind.add_alert(second_word("privacy-officer"))
    alert = page.locator(".alert")
    expect(alert).to_contain_text("It is asked that they be restricted no longer")
    assert faults(page) == []
    tab_to(page, "I know, and decide later about the reference " + n.HIDDEN[-12:])
    page.keyboard.press("Enter")
    expect(alert).to_have_count(0)
    expect(page.locator("#announcer")).to_contain_text("nobody else is asked")
    page.get_by_role("link", name="Restricted", exact=True).click()
    expect(page.get_by_text("It waits for an answer")).to_be_visible()


def test_rule_6_whoever_asked_that_a_restriction_be_lifted_reads_the_answer_in_their_inbox(
    page: Page, portal: Installation
):
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    portal.behind.add_alert(answered(n.MORAG, "declined"))
    alert = page.locator(".alert", has_text="declined")
    expect(alert).to_contain_text("They stay restricted")
    expect(alert.get_by_role("link")).to_have_attribute("href", f"/who-may-know/{n.HIDDEN}")
    for other in ("Not this household", "I have spoken to them"):
        expect(alert.get_by_role("button", name=other)).to_have_count(0)
    assert faults(page) == []
    tab_to(page, "I have read it: the answer about the reference " + n.HIDDEN[-12:])
    page.keyboard.press("Enter")
    expect(alert).to_have_count(0)
    expect(page.locator("#announcer")).to_contain_text("Noted.")


def test_a_privacy_officer_reads_no_household_s_name_in_their_inbox(
    page: Page, portal: Installation
):
    """Nor where it is restricted no longer, and everybody whose work it is may read it."""
    portal.behind.add_alert(answered("privacy-officer", "agreed") | {"hidden": False})
    sign_in(page, portal.url, "privacy-officer")
    page.get_by_role("link", name="Inbox").click()
    alert = page.locator(".alert")
    expect(alert.get_by_role("heading")).to_have_text("A household")
    expect(alert.get_by_role("link")).to_have_attribute("href", f"/who-may-know/{n.HIDDEN}")


def test_what_several_agencies_saw_is_acknowledged_at_once_by_keyboard(
    page: Page, portal: Installation
):
    portal.behind.add_alert(n.alert("again", n.GREEN, "routine"))
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    expect(page.locator(".alert")).to_have_count(2)
    assert faults(page) == []
    tab_to(page, "Acknowledge all 2 about them: The Green household")
    page.keyboard.press("Enter")
    expect(page.locator(".alert")).to_have_count(0)
    expect(page.locator("#announcer")).to_contain_text("The agencies will see that you know")


def test_a_lead_plans_a_caseload_anew(page: Page, portal: Installation):
    sign_in(page, portal.url, "team_lead:wigan-north")
    page.get_by_role("link", name="Team", exact=True).click()
    page.get_by_role("link", name="Plan the households of Morag Ellis anew").click()
    page.get_by_label("Why they move on").select_option("Morag Ellis is away for long")
    page.get_by_role("button", name="Ask for 1 handover").click()
    expect(page.get_by_text("Nothing changes until they accept")).to_be_visible()
    assert portal.behind.said == [(f"{DIGEST} long_absence", n.MORAG)]
