"""Signing in at the organisation's, in the browser: another site, as its cookies have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.keyboard import tab_to
from tests.browser.test_requests import fits
from tests.services.portal import neighbourhood as n
from tests.services.portal.directory import LEAD, MORAG, Directory, open_directory

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running() -> Iterator[Directory]:
    """The portal is ``localhost``, the provider 127.0.0.1: to a browser two sites."""
    with open_directory("localhost") as found:
        yield found


@pytest.fixture
def directory(running: Directory) -> Directory:
    running.reset()
    return running


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A fresh visitor. Pages that say no are errors to the browser's console."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, locale="en-GB")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def open_from_a_mail(page: Page, directory: Directory, to: str) -> None:
    """By a link on a page of another site."""
    page.goto(f"{directory.provider.issuer}/keys")
    page.set_content(f'<a href="{directory.url}{to}">Open the alert in Kith</a>')
    page.get_by_role("link").click()


def sign_in(page: Page, who: str) -> None:
    expect(page.get_by_role("heading", name="The council’s sign-in")).to_be_visible()
    page.get_by_role("button", name=who, exact=True).click()


def test_a_link_in_a_mail_opens_its_page_for_whoever_signs_in_and_again_without_asking(
    page: Page, directory: Directory
):
    household = f"/households/{n.GREEN}"
    open_from_a_mail(page, directory, household)
    sign_in(page, "morag")
    page.wait_for_url(f"{directory.url}{household}")
    expect(page.get_by_text("Morag Ellis, Key worker, Wigan North")).to_be_visible()
    session = {c.get("name"): c for c in page.context.cookies(directory.url)}["kith_session"]
    assert session.get("httpOnly")
    assert session.get("sameSite") == "Strict"
    asked = directory.provider.asked.count("/realm/authorize")
    open_from_a_mail(page, directory, "/inbox")
    page.wait_for_url(f"{directory.url}/inbox")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert directory.provider.asked.count("/realm/authorize") == asked


def test_the_role_is_chosen_by_keyboard_and_signing_out_ends_both_sessions(
    page: Page, directory: Directory
):
    directory.behind.signs_in["morag.ellis@wigan.example"] = [MORAG, LEAD]
    page.goto(f"{directory.url}/team")
    sign_in(page, "morag")
    expect(page.get_by_role("heading", name="What are you here as?")).to_be_visible()
    assert fits(page) == {}
    tab_to(page, "Lead of Wigan North")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{directory.url}/team")
    assert fits(page) == {}
    page.get_by_role("link", name="Change role").click()
    expect(page.get_by_text("(now)")).to_be_visible()
    page.get_by_role("button", name="Key worker, Wigan North").click()
    page.wait_for_url(f"{directory.url}/inbox")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{directory.url}/signed-out")
    assert fits(page) == {}
    assert directory.provider.sessions == {}
    page.goto(f"{directory.url}/inbox")
    expect(page.get_by_role("heading", name="The council’s sign-in")).to_be_visible()


def test_whoever_is_not_let_in_reads_why_and_goes_on_with_another_account(
    visitor: Page, directory: Directory
):
    visitor.goto(f"{directory.url}/inbox")
    sign_in(visitor, "sam")
    expect(visitor.get_by_role("heading", name="Kith does not know you yet")).to_be_visible()
    assert fits(visitor) == {}
    visitor.get_by_role("link", name="Sign in with another").click()
    directory.provider.answers = "access_denied"
    sign_in(visitor, "morag")
    expect(visitor.get_by_role("heading", name="You are not signed in")).to_be_visible()
    assert fits(visitor) == {}
    directory.provider.answers = None
    visitor.get_by_role("link", name="Sign in again").click()
    visitor.wait_for_url(f"{directory.url}/inbox")
