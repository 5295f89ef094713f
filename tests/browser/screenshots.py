"""Pictures of a running portal: ``python -m tests.browser.screenshots --url ... --out DIR``.

Signs in as a key worker who has an open alert (or as ``--who``), as operations and as reviewer, and
saves each page as a PNG, wide and on a phone, light and dark. Needs a portal for local use.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.browser.chromium import open_browser

SIZES = {"wide": (1280, 860), "phone": (390, 844)}
MOST_TRIED = 8


def sign_in(page: Page, url: str, who: str) -> None:
    """Choose ``who`` (a button's value or name) on the sign-in page."""
    page.goto(f"{url}/sign-in")
    by_value = page.locator(f'button[name="who"][value="{who}"]')
    button = by_value if by_value.count() else page.get_by_role("button", name=who, exact=True)
    if not button.count():
        page.get_by_label("Find a key worker").fill(who)
        page.get_by_role("button", name="Find").click()
    button.first.click()


def sign_in_busy(page: Page, url: str) -> None:
    """Sign in as the first of the key workers offered who has an alert to acknowledge."""
    page.goto(f"{url}/sign-in")
    buttons = page.locator('button[name="who"][value^="key_worker:"]')
    offered = [buttons.nth(i).get_attribute("value") or "" for i in range(buttons.count())]
    for who in offered[:MOST_TRIED]:
        sign_in(page, url, who)
        if page.locator(".alert").count():
            return
        page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, offered[0])


def take(browser: Browser, url: str, out: Path, who: str | None, name: str, scheme: str) -> None:
    """Every page once, at one size and in one colour scheme."""
    width, height = SIZES[name]
    theme: Literal["dark", "light"] = "dark" if scheme == "dark" else "light"
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, device_scale_factor=1
    )
    page = context.new_page()

    def save(what: str) -> None:
        page.wait_for_timeout(500)
        page.screenshot(path=out / f"{what}-{name}-{scheme}.png", full_page=True)

    page.goto(f"{url}/sign-in")
    save("sign-in")
    if who:
        sign_in(page, url, who)
    else:
        sign_in_busy(page, url)
    save("inbox")
    household = page.locator('a[href^="/households/"]')
    if household.count():
        household.first.click()
        save("household")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "operations")
    save("operations")
    journey = page.locator('tbody a[href^="/operations/journeys/"]')
    if journey.count():
        page.goto(url + (journey.last.get_attribute("href") or ""))
        save("journey")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, url, "reviewer")
    save("reviews")
    review = page.locator('a[href^="/reviews/"]')
    if review.count():
        review.first.click()
        save("review")
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8100", help="where the portal is")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--who", help="a key worker's name; without it, one who has an alert")
    parser.add_argument("--size", choices=SIZES, action="append", help="only this size")
    parser.add_argument("--scheme", choices=("light", "dark"), action="append")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        for name in chosen.size or SIZES:
            for scheme in chosen.scheme or ("light", "dark"):
                take(browser, chosen.url.rstrip("/"), chosen.out, chosen.who, name, scheme)


if __name__ == "__main__":
    main()
