"""The place in force, as operations and leads see it."""

from __future__ import annotations

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, OPERATIONS, signed_in, text


def test_operations_and_leads_see_the_version_in_force_its_policy_and_its_teams(
    portal: Installation,
):
    for who, start in ((OPERATIONS, "/operations"), (LEAD, "/team")):
        visitor = signed_in(portal.url, who)
        assert 'href="/place"' in text(visitor.get(start))
        page = text(visitor.get("/place"))
        assert "Version 2 of the place file is in force" in page
        assert "Monday, Tuesday, Wednesday, Thursday and Friday, 9am to 5pm" in page
        assert "25 December 2099" in page
        assert "2020" not in page, "what is past"
        assert "urgent within 4 hours and routine within 450 minutes of working time" in page
        assert f"Key worker, also {n.ALIAS}" in page
        assert "WN1, WN2 1" in page
        assert "Offered to the team" in page
        assert page.index("f5e4d3c2b1a0") < page.index("0a1b2c3d4e5f")


def test_others_do_not_and_what_is_missing_is_said(portal: Installation):
    for who in (KEY_WORKER, DESK):
        assert signed_in(portal.url, who).get("/place").status_code == 403
    portal.behind.down.add("keyworkers")
    assert signed_in(portal.url, OPERATIONS).get("/place").status_code == 502
