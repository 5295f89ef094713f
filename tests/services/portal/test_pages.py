"""What holds of every page: who looks is told, nothing is markup, nobody is named in an address."""

from __future__ import annotations

import logging

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import KEY_WORKER, LEAD, signed_in, text


def test_restricted_households_are_told_apart_in_lists(portal: Installation):
    page = text(signed_in(portal.url, KEY_WORKER).get("/inbox"))
    reference = f'A restricted household, reference <span class="id">{n.HIDDEN[-12:]}</span>'
    assert reference in page
    assert reference in text(signed_in(portal.url, LEAD).get("/team"))


def test_services_are_told_who_looks_and_why(portal: Installation):
    signed_in(portal.url, KEY_WORKER).get(f"/households/{n.GREEN}")
    path = f"/duplication/v1/households/{n.GREEN}"
    assert ("GET", path, n.MORAG, "household-page") in portal.behind.calls


def test_what_is_not_there_is_said_to_be_so(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    assert visitor.get(f"/households/{n.an_id('nobody')}").status_code == 404
    assert visitor.get("/nowhere").status_code == 404
    assert visitor.get("/households/green").status_code in {404, 422}


def test_what_agencies_write_is_text_and_never_markup(portal: Installation):
    portal.behind.add_alert(n.alert("x", reasons=["<script>alert(1)</script>"]))
    page = signed_in(portal.url, KEY_WORKER).get("/inbox").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_no_page_holds_a_style_or_script_of_its_own(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    for path in ("/inbox", f"/households/{n.GREEN}", "/sign-in"):
        page = visitor.get(path).text
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<style" not in page
        assert page.count("<script") == 1


def test_nobodys_name_is_in_an_address_or_a_log_line(portal: Installation, caplog):
    caplog.set_level(logging.DEBUG)
    visitor = signed_in(portal.url, KEY_WORKER)
    portal.behind.down.add("agencies")
    page = visitor.get(f"/households/{n.GREEN}").text
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert not [link for link in links if "green" in link.lower() and "mailto" not in link]
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("services.")]
    assert ours
    assert "Karen" not in " ".join(ours)
