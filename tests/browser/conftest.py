"""A browser, a running portal with stand-ins behind it, and a page without errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import NoBrowser, open_browser
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation, fill, install

KEY_WORKER = f"key_worker:{n.MORAG}"
"""Whoever has the alert that is open when a test begins."""

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with open_browser() as found:
            yield found
    except NoBrowser as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with install() as found:
        yield found


@pytest.fixture
def portal(installation: Installation) -> Installation:
    fill(installation.behind)
    return installation


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh visitor. Nothing may be written to the console as an error."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, locale="en-GB")
    context.set_default_timeout(15_000)
    found = context.new_page()
    errors: list[str] = []
    found.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    found.on("pageerror", lambda e: errors.append(str(e)))
    yield found
    context.close()
    assert errors == []
