"""A form that lacks something is shown again: the focus is on what is wrong, and leads to where.

Each page is a browser's own: what is refused is an error on its console.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import faults
from tests.browser.conftest import KEY_WORKER
from tests.browser.keyboard import tab_to
from tests.browser.screenshots import sign_in
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in import REFUSAL

pytestmark = pytest.mark.browser


def says(page: Page, words: str) -> None:
    """The summary has the focus and says ``words``; nothing else of the page is wrong."""
    summary = page.get_by_role("alert", name="There is a problem")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link", name=words)).to_be_visible()
    assert page.title().startswith("Error: ")
    assert faults(page) == []


def test_what_a_form_lacks_is_reached_from_above_by_keyboard_and_what_was_entered_is_there(
    browser: Browser, portal: Installation
):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    sign_in(page, portal.url, KEY_WORKER)
    page.goto(f"{portal.url}/you/leave")
    page.get_by_label("First day away").fill("2026-12-09")
    page.get_by_label("Last day away").fill("2026-12-01")
    page.get_by_label("Who stands in").select_option("joseph-okoro")
    page.get_by_role("button", name="See what follows").click()
    before = "The last day away is before the first: exchange the days."
    says(page, before)
    tab_to(page, before)
    page.keyboard.press("Enter")
    last = page.get_by_label("Last day away")
    expect(last).to_be_focused()
    expect(last).to_have_attribute("aria-invalid", "true")
    expect(last).to_have_accessible_description(f"Error: {before}")
    expect(page.get_by_label("First day away")).to_have_value("2026-12-09")
    expect(page.get_by_label("Who stands in")).to_have_value("joseph-okoro")

    page.goto(f"{portal.url}/households/{n.GREEN}/hand-over?name=sunita")
    page.get_by_role("button", name="Ask them").click()
    says(page, "Choose who is asked.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Joseph Okoro")).to_be_focused()
    whom = page.get_by_role("radiogroup", name="Of your team")
    expect(whom).to_have_accessible_description("Error: Choose who is asked.")
    page.get_by_role("radio", name="Sunita Rao").check()
    page.get_by_role("button", name="Ask them").click()
    expect(page.get_by_text("They are asked, and have five days to answer")).to_be_visible()
    assert portal.behind.said == [("asked", "sunita-rao")]
    page.close()


def test_without_scripts_the_focus_is_on_what_is_wrong_as_well(
    browser: Browser, portal: Installation
):
    page = browser.new_page(java_script_enabled=False)
    sign_in(page, portal.url, KEY_WORKER)
    page.goto(f"{portal.url}/who-may-know/{n.HIDDEN}")
    page.get_by_role("button", name="Ask for it").click()
    says(page, "Choose why it need be restricted no longer.")
    why = page.get_by_role("combobox", name="Why not")
    expect(why).to_have_accessible_description("Error: Choose why it need be restricted no longer.")
    why.select_option("protection_ended")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Nothing changes until somebody else agrees")).to_be_visible()
    page.close()


def test_an_answer_in_the_inbox_that_is_refused_says_why_at_its_alert(
    browser: Browser, portal: Installation
):
    page = browser.new_page()
    sign_in(page, portal.url, KEY_WORKER)
    expect(page.locator("#live-state")).to_have_text("Live")
    portal.behind.refuses = lambda _: True
    page.get_by_role("button", name="Acknowledge the alert").click()
    expect(page.locator(".alert").get_by_text(REFUSAL).first).to_be_visible()
    expect(page.locator(".alert")).to_have_count(1)
    page.close()
