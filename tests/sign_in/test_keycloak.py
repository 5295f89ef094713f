"""Signing in at a real Keycloak, in a real browser: in, out, as nobody, and with new keys.

Needs ``KITH_KEYCLOAK``: the folder of an unpacked Keycloak (tried: 26.7), and Java for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import NoBrowser, open_browser
from tests.services.portal import neighbourhood as n
from tests.services.portal.directory import LEAD, MORAG, open_portal
from tests.services.portal.installation import fill
from tests.services.portal.serving import listen
from tests.services.portal.stand_in import StandIn
from tests.sign_in.keycloak import PASSWORD, Keycloak, open_keycloak

pytestmark = [pytest.mark.keycloak, pytest.mark.timeout(600)]


@dataclass
class Council:
    """A portal that trusts addresses which Keycloak has verified, and one that goes by ``sub``."""

    keycloak: Keycloak
    behind: StandIn
    url: str
    by_sub: str
    subs: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    told = os.environ.get("KITH_KEYCLOAK")
    if not told:
        pytest.skip("KITH_KEYCLOAK names no Keycloak")
    folder = Path(told)
    assert (folder / "bin/kc.sh").is_file(), f"there is no Keycloak at {told}"
    state, log = StandIn(), tmp_path_factory.mktemp("keycloak") / "log"
    with ExitStack() as stack:
        keycloak = stack.enter_context(open_keycloak(folder, log))
        urls = []
        for changes in ({}, {"oidc_claim": "sub"}):
            listener = listen()
            url = f"http://localhost:{listener.getsockname()[1]}"
            options: dict[str, Any] = changes
            stack.enter_context(open_portal(state, url, listener, keycloak.issuer, **options))
            urls.append(url)
        keycloak.add_client(*urls)
        subs = {
            "morag.ellis": keycloak.add_person("morag.ellis"),
            "sam.park": keycloak.add_person("sam.park", verified=False),
        }
        yield Council(keycloak, state, urls[0], urls[1], subs)


@pytest.fixture(autouse=True)
def as_new(council: Council) -> None:
    fill(council.behind)
    council.behind.signs_in = {
        "morag.ellis@wigan.example": [MORAG],
        "sam.park@wigan.example": [MORAG],
        council.subs["sam.park"]: [LEAD],
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with open_browser() as found:
            yield found
    except NoBrowser as reason:
        pytest.skip(str(reason))


@contextmanager
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, login: str) -> None:
    """On Keycloak's own page."""
    page.locator("#username").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("#kc-login").click()


def test_a_key_worker_comes_to_the_page_they_asked_for_and_signs_out_of_both(
    council: Council, browser: Browser
) -> None:
    with visitor(browser) as page:
        page.goto(f"{council.url}/households/{n.GREEN}")
        sign_in(page, "morag.ellis")
        page.wait_for_url(f"{council.url}/households/{n.GREEN}")
        expect(page.get_by_text("Morag Ellis, Key worker, Wigan North")).to_be_visible()
        page.context.clear_cookies(name="kith_session")
        page.goto(f"{council.url}/inbox")
        page.wait_for_url(f"{council.url}/inbox")
        page.get_by_role("button", name="Sign out").click()
        page.locator("#kc-logout").click()
        page.wait_for_url(f"{council.url}/signed-out")
        page.goto(f"{council.url}/inbox")
        expect(page.locator("#username")).to_be_visible()


def test_who_signs_in_another_time_is_asked_where_they_say_so(
    council: Council, browser: Browser
) -> None:
    with visitor(browser) as page:
        page.goto(f"{council.url}/inbox")
        sign_in(page, "morag.ellis")
        page.wait_for_url(f"{council.url}/inbox")
        page.goto(f"{council.url}/sign-in?again=1")
        expect(page.locator("#password")).to_be_visible()


def test_an_address_that_keycloak_has_not_verified_is_nobody_and_its_sub_is_somebody(
    council: Council, browser: Browser
) -> None:
    with visitor(browser) as page:
        page.goto(f"{council.url}/inbox")
        sign_in(page, "sam.park")
        expect(page.get_by_text("cannot be relied on")).to_be_visible()
        page.goto(f"{council.by_sub}/team")
        page.wait_for_url(f"{council.by_sub}/team")
        expect(page.get_by_text("Lead of Wigan North")).to_be_visible()


def test_whoever_stops_at_keycloak_reads_so(council: Council, browser: Browser) -> None:
    council.keycloak.change_client(consentRequired=True)
    try:
        with visitor(browser) as page:
            page.goto(f"{council.url}/inbox")
            sign_in(page, "morag.ellis")
            page.locator("#kc-cancel").click()
            expect(
                page.get_by_text("did not let you on to Kith, or you stopped it")
            ).to_be_visible()
    finally:
        council.keycloak.change_client(consentRequired=False)


def test_a_code_that_came_back_once_is_of_no_use_again(council: Council, browser: Browser) -> None:
    with visitor(browser) as page:
        sent: list[str] = []
        page.on("request", lambda r: sent.append(r.url) if "/sign-in/back?" in r.url else None)
        page.goto(f"{council.url}/inbox")
        sign_in(page, "morag.ellis")
        page.wait_for_url(f"{council.url}/inbox")
        page.context.clear_cookies(name="kith_session")
        page.goto(sent[0])
        expect(page.get_by_text("began in another browser")).to_be_visible()


def test_keys_that_keycloak_changes_are_taken_at_once(council: Council, browser: Browser) -> None:
    before = council.keycloak.key_ids()
    with visitor(browser) as page:
        page.goto(f"{council.url}/inbox")
        sign_in(page, "morag.ellis")
        page.wait_for_url(f"{council.url}/inbox")
    council.keycloak.change_keys()
    assert council.keycloak.key_ids().isdisjoint(before)
    with visitor(browser) as page:
        page.goto(f"{council.url}/inbox")
        sign_in(page, "morag.ellis")
        page.wait_for_url(f"{council.url}/inbox")
        expect(page.get_by_text("Morag Ellis, Key worker, Wigan North")).to_be_visible()
