"""Signing in at the organisation's: who comes in as whom, and what is said to others."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.services.portal import neighbourhood as n
from tests.services.portal.directory import (
    LEAD,
    MORAG,
    Browser,
    Directory,
    open_directory,
    path_of,
)
from tests.services.portal.oidc_provider import SigningKey


@pytest.fixture(scope="module")
def running() -> Iterator[Directory]:
    with open_directory() as found:
        yield found


@pytest.fixture
def portal(running: Directory) -> Directory:
    running.reset()
    return running


def test_a_key_worker_comes_back_to_the_page_of_the_link_as_themselves(portal: Directory):
    browser = Browser(portal)
    page = browser.sign_in("morag", f"/households/{n.GREEN}")
    assert path_of(page) == f"/households/{n.GREEN}"
    assert "Morag Ellis, Key worker, Wigan North" in page.text
    assert "Change role" not in page.text
    asked = [actor for _, path, actor, _ in portal.behind.calls if "/households/" in path]
    assert set(asked) == {n.MORAG}


def test_the_provider_is_asked_for_a_code_with_a_proof_and_nothing_of_the_person(portal: Directory):
    browser = Browser(portal)
    sent = browser.get("/sign-in?to=/inbox").headers["location"]
    asked = {name: value[0] for name, value in parse_qs(urlsplit(sent).query).items()}
    assert sent.startswith(f"{portal.provider.issuer}/authorize?")
    assert asked.pop("redirect_uri") == f"{portal.url}/sign-in/back"
    for name in ("state", "nonce", "code_challenge"):
        assert re.fullmatch("[A-Za-z0-9_-]{43}", asked.pop(name)), name
    assert asked == {
        "response_type": "code",
        "client_id": "kith",
        "scope": "openid email profile",
        "code_challenge_method": "S256",
    }


def test_where_people_are_sent_back_to_does_not_follow_the_host_of_the_request(portal: Directory):
    port = urlsplit(portal.url).port
    answer = Browser(portal).client.get(
        f"{portal.url}/sign-in", headers={"Host": f"localhost:{port}"}
    )
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["redirect_uri"] == [f"{portal.url}/sign-in/back"]


def test_whoever_has_several_roles_chooses_one_and_changes_it_without_signing_in_again(
    portal: Directory,
):
    browser = Browser(portal)
    page = browser.sign_in("jo", "/restricted")
    assert path_of(page) == "/sign-in/role"
    assert "Privacy officer" in page.text
    assert not browser.is_signed_in()
    page = browser.follow(browser.send(page, who="privacy_officer:jo-marsh"))
    assert path_of(page) == "/restricted"
    assert "Jo Marsh, Privacy officer" in page.text
    before = _content(browser)["expires"]
    asked = portal.provider.asked.count("/realm/authorize")
    page = browser.send(browser.get("/sign-in/role"), who="operations:jo-marsh")
    page = browser.follow(page)
    assert path_of(page) == "/operations"
    assert portal.provider.asked.count("/realm/authorize") == asked
    assert browser.get("/restricted").status_code == 403
    assert _content(browser)["role"] == "operations"
    assert _content(browser)["expires"] == before, "changing the role does not lengthen a session"


def _content(browser: Browser) -> dict[str, Any]:
    """What the session's cookie says."""
    body = browser.client.cookies["kith_session"].partition(".")[0]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return found


def test_the_cookie_says_who_they_are_and_keeps_no_token_of_the_provider(portal: Directory):
    browser = Browser(portal)
    browser.sign_in("morag")
    content = _content(browser)
    named = {"role", "id", "name", "team_name", "person_id"}
    assert set(content) == {"nonce", "expires", "person"} | named
    assert content["person"] == {
        "sign_in": "Morag.Ellis@wigan.example",
        "id": f"person-{n.MORAG}",
        "several": False,
    }
    assert [c.name for c in browser.client.cookies.jar if c.name.startswith("kith")] == [
        "kith_session"
    ]


def test_who_it_is_is_told_beside_a_role_that_several_share_and_only_there(portal: Directory):
    portal.behind.signs_in["morag.ellis@wigan.example"] = [MORAG, LEAD]
    browser = Browser(portal)
    page = browser.sign_in("morag")
    browser.follow(browser.send(page, who="team_lead:wigan-north"))
    assert browser.get("/team").status_code == 200
    assert ("wigan-north", f"person-{n.MORAG}") in portal.behind.persons
    assert ("wigan-north", None) not in portal.behind.persons
    assert ("portal", None) in portal.behind.persons


def test_a_page_of_whoever_sat_at_a_desk_before_is_not_filled_as_the_next_ones(portal: Directory):
    """They share the desk's id: what the old page asks for would be recorded as the next one's."""
    portal.behind.signs_in = {
        "morag.ellis@wigan.example": [LEAD],
        "jo.marsh@wigan.example": [LEAD | {"name": "Jo Marsh", "person": "jo-marsh"}],
    }
    browser = Browser(portal)
    shown = re.search(r'data-shown-to="([^"]+)"', browser.sign_in("morag").text)
    assert shown is not None
    headers = {"Kith-Shown-To": shown[1]}
    assert browser.client.get(f"{portal.url}/parts/inbox", headers=headers).status_code == 200
    page = browser.go("/sign-in?again=true&to=/inbox")
    assert "Jo Marsh" in browser.follow(browser.send(page, who="jo")).text
    assert browser.client.get(f"{portal.url}/parts/inbox", headers=headers).status_code == 401


def test_nobody_chooses_a_role_that_is_not_theirs(portal: Directory):
    browser = Browser(portal)
    page = browser.sign_in("jo")
    for who in (f"key_worker:{n.MORAG}", "operations:operations", "", "privacy_officer"):
        answer = browser.send(page, who=who)
        assert answer.status_code == 422
        assert "This role is not yours, or not any more" in answer.text
        assert "Privacy officer" in answer.text, "the page is there to choose again"
    assert not browser.is_signed_in()
    stranger = Browser(portal)
    assert stranger.get("/sign-in/role").headers["location"] == "/sign-in?to=/sign-in/role"
    assert stranger.client.post(f"{portal.url}/sign-in/role", data={}).status_code == 401


def test_a_role_is_chosen_by_the_sessions_own_form_alone(portal: Directory):
    browser = Browser(portal)
    page = browser.sign_in("jo")
    assert browser.send(page, who="operations:jo-marsh", token="x").status_code == 403


def test_whom_the_place_does_not_know_is_told_so_and_whom_to_ask_and_sees_nothing(
    portal: Directory,
):
    browser = Browser(portal)
    page = browser.sign_in("sam", f"/households/{n.GREEN}")
    assert page.status_code == 403
    assert "Kith does not know you yet" in page.text
    assert "Ask the Kith team, 0161 496 0000" in page.text
    assert "sam.park" not in page.text
    assert not browser.is_signed_in()
    assert [path for _, path, _, _ in portal.behind.calls] == ["/keyworkers/v1/sign-in"]
    portal.behind.ambiguous = {"sam.park@wigan.example"}
    assert "two people with your sign-in name" in Browser(portal).sign_in("sam").text


def test_whoever_leaves_is_out_and_is_told_so(portal: Directory):
    browser = Browser(portal)
    browser.sign_in("morag")
    assert browser.get("/inbox").status_code == 200
    portal.behind.signs_in.clear()
    assert browser.get("/inbox").headers["location"] == "/sign-in?to=/inbox"
    assert browser.get("/parts/inbox").status_code == 401
    assert "Kith does not know you yet" in browser.go("/inbox").text


def test_whoever_loses_one_role_of_two_goes_on_as_the_other(portal: Directory):
    browser = Browser(portal)
    portal.behind.signs_in["morag.ellis@wigan.example"] = [MORAG, LEAD]
    page = browser.sign_in("morag")
    browser.follow(browser.send(page, who="team_lead:wigan-north"))
    assert browser.get("/reviews").status_code == 200
    portal.behind.signs_in["morag.ellis@wigan.example"] = [MORAG]
    assert browser.get("/reviews").headers["location"] == "/sign-in?to=/reviews"
    page = browser.go("/team")
    assert "Morag Ellis, Key worker, Wigan North" in page.text
    assert browser.get("/reviews").status_code == 403


def test_a_session_outlives_a_keyworkers_that_is_down_and_nobody_new_signs_in_meanwhile(
    portal: Directory,
):
    browser = Browser(portal)
    browser.sign_in("morag")
    portal.behind.down = {"keyworkers"}
    assert browser.is_signed_in()
    page = Browser(portal).sign_in("morag")
    assert page.status_code == 503
    assert "Who you are in Kith cannot be told now" in page.text


def test_signing_out_ends_the_session_and_the_organisations(portal: Directory):
    browser = Browser(portal)
    page = browser.sign_in("morag")
    assert portal.provider.sessions
    page = browser.sign_out(page)
    assert path_of(page) == "/signed-out"
    assert "You are signed out" in page.text
    assert portal.provider.sessions == {}
    assert not browser.is_signed_in()
    assert "/sign-in?again=1" in page.text
    assert "The council’s sign-in" in browser.go("/inbox").text


def test_where_the_organisation_ends_no_sessions_kith_does_and_asks_who_comes_next(
    portal: Directory,
):
    portal.provider.ends_sessions = False
    with open_directory() as other:
        other.provider.ends_sessions = False
        browser = Browser(other)
        page = browser.sign_in("morag")
        browser.sign_out(page)
        assert not browser.is_signed_in()
        assert "The council’s sign-in" in browser.go("/sign-in?again=1").text


def test_the_organisation_that_says_no_is_heard_in_words(portal: Directory):
    for error, status, words in (
        ("access_denied", 403, "did not let you on to Kith"),
        ("login_required", 403, "needs something from you first"),
        ("temporarily_unavailable", 503, "does not answer"),
        ("unauthorized_client", 503, "do not agree with each other"),
        ("<b>", 503, "do not agree with each other"),
    ):
        portal.provider.answers = error
        browser = Browser(portal)
        page = browser.sign_in("morag")
        assert page.status_code == status, error
        assert words in page.text
        assert "not ours" not in page.text
        assert not browser.is_signed_in()


def test_a_provider_that_is_down_is_said_to_be_and_back_it_is_used_again(portal: Directory):
    with open_directory() as other:
        other.provider.down = True
        page = Browser(other).get("/sign-in?to=/inbox")
        assert page.status_code == 503
        assert page.headers["retry-after"]
        assert "Your organisation’s sign-in does not answer" in page.text
        assert 'href="/sign-in?to=/inbox"' in page.text
        assert "secret of the provider" not in page.text
    browser = Browser(portal)
    back = browser.comes_back("morag")
    portal.provider.down = True
    assert browser.get(back).status_code == 503
    portal.provider.down = False
    assert path_of(browser.go("/inbox")) == "/inbox"


def test_several_tabs_sign_in_at_once(portal: Directory):
    browser = Browser(portal)
    first, second = browser.go("/inbox"), browser.go("/team")
    assert path_of(browser.follow(browser.send(first, who="morag"))) == "/inbox"
    assert path_of(browser.follow(browser.send(second, who="morag"))) == "/team"


def test_tabs_that_wait_for_a_sign_in_do_not_fill_every_request_with_cookies(portal: Directory):
    browser = Browser(portal)
    browser.client.cookies.set("kith_sign_in_damaged0", "x", "127.0.0.1")
    for _ in range(15):
        last = browser.go("/inbox")
    begun = [c for c in browser.client.cookies.jar if c.name.startswith("kith_sign_in_")]
    assert len(begun) == 10
    assert path_of(browser.follow(browser.send(last, who="morag"))) == "/inbox"


def test_keys_that_change_are_read_anew(portal: Directory):
    Browser(portal).sign_in("morag")
    new = SigningKey("second")
    before, portal.provider.key = portal.provider.key, new
    try:
        portal.provider.published = [before, new]
        assert path_of(Browser(portal).sign_in("morag")) == "/inbox"
        portal.provider.published = [new]
        assert path_of(Browser(portal).sign_in("morag")) == "/inbox"
    finally:
        portal.provider.key = before


def test_the_secret_is_shown_as_the_provider_takes_it(portal: Directory):
    for methods in (("client_secret_basic",), ("client_secret_post",)):
        with open_directory() as other:
            other.provider.methods = methods
            assert path_of(Browser(other).sign_in("morag")) == "/inbox"
    with open_directory() as other:
        other.provider.methods = ("private_key_jwt",)
        assert Browser(other).sign_in("morag").status_code == 503


def test_the_directorys_own_name_may_be_another_claim():
    with open_directory(oidc_claim="oid") as other:
        other.provider.people["morag"] = {"oid": "0D5F-1", "email": "changed@wigan.example"}
        other.behind.signs_in = {"0d5f-1": [MORAG]}
        assert path_of(Browser(other).sign_in("morag")) == "/inbox"
        del other.provider.people["morag"]["oid"]
        assert Browser(other).sign_in("morag").status_code == 403


def test_the_cookies_are_of_this_host_alone_where_it_is_served_by_https():
    with open_directory(portal_url="https://kith.example", portal_hosts="kith.example") as other:
        client = Browser(other).client
        answer = client.get(f"{other.url}/sign-in", headers={"Host": "kith.example"})
        attempt = answer.headers["set-cookie"].lower()
        assert re.match(r"__host-kith_sign_in_[a-z0-9_-]{8}=", attempt)
        for part in ("httponly", "secure", "samesite=lax", "path=/", "max-age=900"):
            assert part in attempt
        assert "domain" not in attempt
        assert (
            "redirect_uri=https%3A%2F%2Fkith.example%2Fsign-in%2Fback"
            in (answer.headers["location"])
        )
        assert answer.headers["strict-transport-security"]
