"""What reviewers and officers say of households and people, by hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import faults
from tests.browser.screenshots import sign_in
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation

pytestmark = pytest.mark.browser


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
