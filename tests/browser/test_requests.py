"""A privacy officer answers a person's request, in the browser: by keyboard, narrow and wide."""

from __future__ import annotations

import io
import json
import zipfile
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import faults
from tests.browser.keyboard import tab_to
from tests.browser.screenshots import sign_in
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_requests import MARKED, PIECES

pytestmark = pytest.mark.browser
LOOK = "Look at what a copy would cover for"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def fits(page: Page) -> dict[str, list[str]]:
    """What is wrong with the page as it stands, narrow and wide, light and dark."""
    found: dict[str, list[str]] = {}
    for width, scheme in product((320, 1200), SCHEMES):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if wrong := faults(page):
            found[f"{page.url} {width} {scheme}"] = wrong
    return found


def find_karen(page: Page, portal: Installation) -> None:
    sign_in(page, portal.url, "privacy-officer")
    page.get_by_role("link", name="Requests").click()
    page.get_by_label("First name").fill("Karen")
    page.get_by_label("Family name").fill("Green")
    page.get_by_role("button", name="Find them").click()
    expect(page.get_by_role("heading", name="Who is meant?")).to_be_visible()


def test_a_request_is_answered_and_the_copy_is_read_without_a_network(
    page: Page, portal: Installation, browser: Browser, tmp_path: Path
):
    find_karen(page, portal)
    assert fits(page) == {}
    assert page.url.endswith("/subject-access/find"), "nobody's name is in an address"
    page.get_by_role("button", name=f"{LOOK} Karen Green", exact=True).click()
    expect(page.get_by_role("heading", name="Karen Green, born April 1988")).to_be_visible()
    expect(page.get_by_text("Decide first: 1 open question")).to_be_visible()
    expect(page.get_by_text("Left out, always: 1 assessment")).to_be_visible()
    assert fits(page) == {}
    for piece, keep in zip(PIECES, (False, False, True), strict=True):
        chosen = page.locator(f'input[name="piece:{piece}"][value="{"keep" if keep else "leave"}"]')
        expect(chosen).to_be_checked()
    page.locator(f'input[name="piece:{PIECES[1]}"][value="keep"]').check()
    page.get_by_label("A passport, driving licence").check()
    page.get_by_label("The request’s reference").fill("SAR-2026-7")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Make the copy, and save it").click()
    assert "Karen" not in downloading.value.suggested_filename
    file = tmp_path / "copy.zip"
    downloading.value.save_as(file)
    (kept,) = portal.behind.copies
    assert (kept["request"], kept["identity"]) == ("SAR-2026-7", "photo_document")
    assert kept["kept"] == sorted(PIECES[1:])
    assert kept["withheld"] == [PIECES[0]]
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        archive.extractall(tmp_path)
    data = json.loads((tmp_path / "your-information.json").read_text("utf-8"))
    assert data["kept_on_record_as"] == kept["export_id"]
    context = browser.new_context(offline=True)
    reader = context.new_page()
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto((tmp_path / "your-information.html").as_uri())
    expect(reader.get_by_role("heading", name="What Kith holds about Karen Green")).to_be_visible()
    expect(reader.get_by_text("A Saturday at the allotment")).to_be_visible()
    expect(reader.get_by_text("Tommy")).to_have_count(0)
    expect(reader.get_by_text("Privacy office, Privacy officers")).to_be_visible()
    assert fits(reader) == {}
    assert len(asked) == 1, "it asks for nothing but itself"
    assert reader.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")
    context.close()
    page.goto(f"{portal.url}/subject-access")
    expect(page.get_by_role("rowheader", name="SAR-2026-7")).to_be_visible()


def test_by_the_keyboard_alone_and_what_a_form_lacks_is_said_with_what_was_chosen(
    browser: Browser, portal: Installation
):
    # A page of its own: what is refused is an error on the browser's console.
    page = browser.new_page()
    sign_in(page, portal.url, "privacy-officer")
    page.goto(f"{portal.url}/subject-access")
    tab_to(page, "First name")
    page.keyboard.type("Karen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Give a family name with a first name")
    expect(page.get_by_label("First name")).to_have_value("Karen")
    assert fits(page) == {}
    page.get_by_label("Date of birth").fill("1988-13-40")
    page.get_by_label("Family name").fill("Green")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Date of birth: ")
    page.get_by_label("Date of birth").fill("1988-04-XX")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Who is meant?")).to_be_visible()
    tab_to(page, f"{LOOK} Karen Green")
    page.keyboard.press("Enter")
    page.locator(f'input[name="piece:{PIECES[0]}"][value="keep"]').check()
    page.get_by_label("The request’s reference").fill("Karen-Green")
    page.get_by_label("Two official letters").check()
    page.get_by_role("button", name="Make the copy, and save it").click()
    expect(page.get_by_role("alert")).to_contain_text("never a name")
    expect(page.locator(f'input[name="piece:{PIECES[0]}"][value="keep"]')).to_be_checked()
    expect(page.get_by_label("Two official letters")).to_be_checked()
    assert portal.behind.copies == []
    assert fits(page) == {}
    page.close()


def test_nobody_is_found_or_nothing_may_be_given(page: Page, portal: Installation):
    find_karen(page, portal)
    page.get_by_role("button", name=f"{LOOK} Karen Greene").click()
    expect(page.get_by_text("No copy can be made.")).to_be_visible()
    expect(page.get_by_role("button", name="Make the copy")).to_have_count(0)
    assert fits(page) == {}
    page.get_by_role("link", name="Ask for somebody else").click()
    page.get_by_label("First name").fill("Zephira")
    page.get_by_label("Family name").fill("Quennell")
    page.get_by_role("button", name="Find them").click()
    expect(page.get_by_role("heading", name="Records of a restricted household")).to_be_visible()
    expect(page.get_by_text("Do not tell whoever asks")).to_be_visible()
    assert fits(page) == {}
    page.go_back()
    page.goto(f"{portal.url}/subject-access")
    page.evaluate(
        """id => { const form = document.querySelector('form[action="/subject-access/find"]');
           form.action = "/subject-access/look"; const one = document.createElement("input");
           one.type = "hidden"; one.name = "person"; one.value = id; form.append(one);
           form.submit(); }""",
        MARKED,
    )
    expect(page.get_by_text("There is no record of them that a copy")).to_be_visible()
    expect(page.get_by_role("button", name="Make the copy")).to_have_count(0)
    assert fits(page) == {}
