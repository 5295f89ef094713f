"""Who gets in, who may see what, and what no other site can make a visitor do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from services.kit.app import Service
from services.portal.app import create_service
from services.portal.session import Role, Session, Visitor, read_session, write_session
from tests.services.portal import neighbourhood as n
from tests.services.portal.directory import open_directory
from tests.services.portal.installation import Installation, install, settings_for
from tests.services.portal.routes import every_route
from tests.services.portal.test_standing import OIDC
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, OPERATIONS, REVIEWER, signed_in
from tests.services.portal.visitor import Visitor as Caller

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MORAG = Visitor(Role.KEY_WORKER, n.MORAG, "Morag Ellis", "Wigan North")
HEALTH = {f"/health/{name}" for name in ("live", "ready", "answering", "status")}
OPEN = {"/sign-in", "/sign-in/back", "/sign-out", "/sign-out/organisation", "/signed-out"} | HEALTH


def test_a_session_reads_as_it_was_written_until_it_expires():
    session = Session("nonce", NOW + timedelta(hours=1), MORAG)
    value = write_session(session, b"key")
    assert read_session(value, b"key", NOW) == session
    assert read_session(value, b"key", NOW + timedelta(hours=1)) is None


@pytest.mark.parametrize("value", [None, "", ".", "e30.", "a.b", "é.ü", "!!!!.!!!!"])
def test_a_damaged_session_is_no_session(value):
    assert read_session(value, b"key", NOW) is None


def test_a_session_signed_with_another_key_or_changed_is_no_session():
    value = write_session(Session("nonce", NOW + timedelta(hours=1), MORAG), b"key")
    assert read_session(value, b"another", NOW) is None
    assert read_session("A" + value, b"key", NOW) is None


def test_every_route_asks_who_is_there(portal: Installation):
    visitor = Caller(portal.url)
    assert _checked(create_service(settings_for(portal.url)), visitor) >= 16


def test_every_route_asks_who_is_there_where_people_sign_in_at_their_organisations():
    with open_directory() as directory:
        service = create_service(settings_for("http://127.0.0.1:9", **OIDC))
        assert _checked(service, Caller(directory.url)) >= 18


def _checked(service: Service, visitor: Caller) -> int:
    checked = 0
    for route in every_route(service.api.routes):
        if route.path in OPEN:
            continue
        path = route.path.replace("{service}", "keyworkers").replace("{parked_id}", "1")
        path = path.replace("{decision}", "retry")
        path = "/".join(n.GREEN if part.startswith("{") else part for part in path.split("/"))
        for method in route.methods or ():
            response = visitor.client.request(method, path)
            refused = response.status_code == 401
            refused |= response.headers.get("location", "").startswith("/sign-in")
            assert refused, (method, path, response.status_code)
            checked += 1
    return checked


@pytest.mark.parametrize(
    ("who", "first"),
    [
        (KEY_WORKER, "/inbox"),
        (LEAD, "/inbox"),
        (DESK, "/inbox"),
        (REVIEWER, "/reviews"),
        (OPERATIONS, "/operations"),
    ],
)
def test_each_role_has_its_first_page_and_not_the_others(portal: Installation, who, first):
    visitor = signed_in(portal.url, who)
    assert visitor.get("/").headers["location"] == first
    assert visitor.get(first).status_code == 200
    other = "/inbox" if first == "/operations" else "/operations"
    assert visitor.get(other).status_code == 403


def test_operations_sees_no_household(portal: Installation):
    visitor = signed_in(portal.url, OPERATIONS)
    assert visitor.get(f"/households/{n.GREEN}").status_code == 403
    assert "Green" not in visitor.get("/operations").text


def test_signing_out_ends_the_session(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    assert visitor.post("/sign-out").headers["location"] == "/sign-in"
    assert visitor.get("/inbox").headers["location"] == "/sign-in?to=/inbox"
    assert visitor.client.post("/sign-out").headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    ("asked", "who", "comes_to"),
    [
        (f"/households/{n.GREEN}", KEY_WORKER, f"/households/{n.GREEN}"),
        ("/team", LEAD, "/team"),
        ("/inbox", REVIEWER, "/"),  # Not a page of theirs.
        ("/parts/inbox", KEY_WORKER, "/"),
        ("//elsewhere.example", KEY_WORKER, "/"),
        ("/inbox/..//elsewhere.example", KEY_WORKER, "/"),
        (r"/\elsewhere.example", KEY_WORKER, "/"),
        ("https://elsewhere.example", KEY_WORKER, "/"),
    ],
)
def test_whoever_signs_in_comes_to_the_page_they_asked_for_and_never_elsewhere(
    portal: Installation, asked: str, who: str, comes_to: str
):
    visitor = Caller(portal.url)
    page = visitor.client.get("/sign-in", params={"to": asked}).text
    assert ("the page you asked for" in page) == (f'name="to" value="{asked}"' in page)
    assert visitor.post("/sign-in", who=who, to=asked).headers["location"] == comes_to


def test_a_form_sent_after_the_session_ended_says_that_nothing_was_changed(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    token = visitor.token()
    visitor.client.cookies.clear()
    path = f"/inbox/alerts/{portal.behind.alerts[0]['id']}/acknowledge"
    refused = visitor.post(path, token=token)
    assert refused.status_code == 401
    assert "nothing was changed" in refused.text
    assert 'href="/sign-in"' in refused.text
    assert len(portal.behind.alerts) == 1


@pytest.mark.parametrize("path", ["/inbox", "/sign-in", "/"])
def test_a_link_of_another_site_does_not_end_the_session_whose_cookie_it_keeps_back(
    portal: Installation, path: str
):
    """As of a mail read in the browser. The page then asks for itself, with the cookie."""
    arriving = Caller(portal.url).client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert arriving.status_code == 200
    assert "set-cookie" not in arriving.headers
    assert f'http-equiv="refresh" content="0; url={path}"' in arriving.text
    again = Caller(portal.url).client.get("/inbox", headers={"Sec-Fetch-Site": "same-origin"})
    assert again.headers["location"] == "/sign-in?to=/inbox"


def test_a_part_is_not_shown_under_the_name_of_whoever_was_signed_in_before(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    theirs = {"Kith-Shown-To": KEY_WORKER}
    assert f'data-shown-to="{KEY_WORKER}"' in visitor.get("/inbox").text
    assert visitor.client.get("/parts/inbox", headers=theirs).status_code == 200
    visitor.sign_in(LEAD)
    assert visitor.client.get("/parts/inbox", headers=theirs).status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/households/none", 404),
        ("/inbox/alerts/none/hand-over", 404),
        ("/you/leave/look", 405),
    ],
)
def test_an_address_that_is_damaged_or_of_a_form_is_answered_with_a_page(
    portal: Installation, path: str, status: int
):
    answer = signed_in(portal.url, KEY_WORKER).get(path)
    assert answer.status_code == status
    assert "<h1>There is nothing here</h1>" in answer.text
    assert "Go to your first page" in answer.text
    refused = signed_in(portal.url, KEY_WORKER).post("/inbox/alerts/none/acknowledge")
    assert refused.status_code == 400
    assert "nothing was changed" in refused.text


def test_the_cookie_is_for_this_site_and_no_script(portal: Installation):
    visitor = Caller(portal.url)
    cookie = visitor.sign_in(KEY_WORKER).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age=36000" in cookie


def test_elsewhere_the_cookie_is_for_https_and_nobody_signs_in_without_a_password():
    with install(local=False) as portal:
        visitor = Caller(portal.url)
        page = visitor.get("/sign-in")
        assert page.status_code == 503
        assert "not configured" in page.text
        assert "Strict-Transport-Security" in page.headers
        assert visitor.post("/sign-in", token="x", who=KEY_WORKER).status_code == 403


def test_a_session_secret_that_can_be_guessed_is_refused_but_in_local_use():
    with pytest.raises(ValidationError, match="KITH_SESSION_SECRET: outside local use"):
        settings_for("http://127.0.0.1:9", local=False, session_secret=SecretStr("short"))
    assert settings_for("http://127.0.0.1:9", session_secret=SecretStr("short")).local


def test_nobody_signs_in_as_somebody_who_is_not_there(portal: Installation):
    for who in ("key_worker:nobody", "team_lead:nowhere", "desk:x", "admin", ""):
        visitor = Caller(portal.url)
        again = visitor.sign_in(who)
        assert (again.status_code, "Who are you?" in again.text) == (422, True)
        assert visitor.get("/").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_form_without_its_sessions_token_changes_nothing(portal: Installation, token):
    visitor = signed_in(portal.url, KEY_WORKER)
    path = f"/inbox/alerts/{portal.behind.alerts[0]['id']}/acknowledge"
    assert visitor.post(path, token=token).status_code == 403
    assert len(portal.behind.alerts) == 1


def test_a_token_of_another_session_changes_nothing(portal: Installation):
    visitor, other = (signed_in(portal.url, KEY_WORKER) for _ in range(2))
    path = f"/inbox/alerts/{portal.behind.alerts[0]['id']}/acknowledge"
    assert visitor.post(path, token=other.token()).status_code == 403
    assert len(portal.behind.alerts) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_changes_nothing(portal: Installation, headers):
    visitor = signed_in(portal.url, KEY_WORKER)
    path = f"/inbox/alerts/{portal.behind.alerts[0]['id']}/acknowledge"
    data = {"token": visitor.token()}
    assert visitor.client.post(path, data=data, headers=headers).status_code == 403
    assert len(portal.behind.alerts) == 1
    own = {"Origin": portal.url, "Sec-Fetch-Site": "same-origin"}
    assert visitor.client.post(path, data=data, headers=own).status_code == 303
    assert portal.behind.alerts == []


def test_a_foreign_host_name_is_refused(portal: Installation):
    response = httpx.get(portal.url + "/sign-in", headers={"Host": "elsewhere.example"})
    assert response.status_code == 403


def test_every_answer_carries_the_protecting_headers(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    for path in ("/inbox", "/sign-in", "/static/portal.css", "/nothing-here", "/parts/inbox"):
        headers = visitor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        stored = "immutable" if path.startswith("/static") else "no-store"
        assert stored in headers["Cache-Control"]


def test_a_form_that_is_out_of_date_leads_back_to_its_page(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    again = '<a href="/team">Load the page again</a>'
    data = {"token": "of a session that is over"}
    path = f"/team/handovers/{n.an_id('answered long ago')}/accept"
    for referer, leads in (
        (f"{portal.url}/team?done=declined", True),
        ("https://elsewhere.example/team", False),
        (f"{portal.url}//elsewhere.example", False),
        (f"{portal.url}/you/leave/look", False),
    ):
        refused = visitor.client.post(path, data=data, headers={"Referer": referer})
        assert refused.status_code == 403
        assert (again in refused.text) == leads, referer
        assert ("Load the page again" in refused.text) == leads
