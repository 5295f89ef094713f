"""What somebody may try who is not the person, or not of this organisation: nobody comes in."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import jwt
import pytest

from services.portal.access import Access
from services.portal.session import Role, Session, Visitor, derive_key, write_session
from tests.services.portal import neighbourhood as n
from tests.services.portal.directory import Browser, Directory, open_directory, path_of
from tests.services.portal.installation import settings_for
from tests.services.portal.oidc_provider import CLIENT, SECRET, Claims, Provider, SigningKey


@pytest.fixture(scope="module")
def running() -> Iterator[Directory]:
    with open_directory() as found:
        yield found


@pytest.fixture
def portal(running: Directory) -> Directory:
    running.reset()
    return running


def _refused(portal: Directory, who: str = "morag", status: int = 403) -> None:
    browser = Browser(portal)
    page = browser.sign_in(who)
    assert page.status_code == status, page.text
    assert path_of(page) == "/sign-in/back"
    assert not browser.is_signed_in()
    assert portal.behind.calls == [], "keyworkers was not even asked"


def _changed(**claims: Any) -> Callable[[Claims], Claims]:
    return lambda found: {k: v for k, v in (found | claims).items() if v is not None}


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"aud": "another portal"},
        {"aud": ["another portal"]},
        {"aud": [CLIENT, "another portal"]},
        {"aud": None},
        {"azp": "another portal"},
        {"iss": "https://elsewhere.example/realm"},
        {"iss": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_attempt_and_portal_lets_nobody_in(
    portal: Directory, claims: dict[str, Any]
):
    portal.provider.tamper = _changed(**claims)
    _refused(portal)


def test_a_token_that_just_ended_by_another_clock_is_taken(portal: Directory):
    portal.provider.tamper = _changed(exp=int(time.time()) - 20)
    assert path_of(Browser(portal).sign_in("morag")) == "/inbox"


def _unsigned(provider: Provider, claims: Claims) -> str:
    return jwt.encode(claims, "", "none")


def _signed_by_the_secret(provider: Provider, claims: Claims) -> str:
    return jwt.encode(claims, SECRET.ljust(64), "HS256", headers={"kid": provider.key.id})


def _signed_by_the_public_key(provider: Provider, claims: Claims) -> str:
    """As if what everybody may read were a secret: RS256 taken for HS256."""
    head = {"alg": "HS256", "kid": provider.key.id}
    body = ".".join(_part(json.dumps(part).encode()) for part in (head, claims))
    public = json.dumps(provider.key.public()).encode()
    return f"{body}.{_part(hmac.digest(public, body.encode(), 'sha256'))}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _signed_by_somebody_else(provider: Provider, claims: Claims) -> str:
    return jwt.encode(claims, SigningKey("x").private, "RS256", headers={"kid": provider.key.id})


def _changed_after_it_was_signed(provider: Provider, claims: Claims) -> str:
    head, _, signature = jwt.encode(
        claims, provider.key.private, "RS256", headers={"kid": provider.key.id}
    ).split(".")
    other = _part(json.dumps(claims | {"email": "jo.marsh@wigan.example"}).encode())
    return f"{head}.{other}.{signature}"


def _by_a_key_it_brings(provider: Provider, claims: Claims) -> str:
    own = SigningKey("own")
    return jwt.encode(claims, own.private, "RS256", headers={"kid": "own", "jwk": own.public()})


def _another_algorithm_than_the_keys(provider: Provider, claims: Claims) -> str:
    return jwt.encode(claims, provider.key.private, "PS256", headers={"kid": "unknown"})


def _no_token(provider: Provider, claims: Claims) -> str:
    return "é..x"


@pytest.mark.parametrize(
    "sign",
    [
        _unsigned,
        _signed_by_the_secret,
        _signed_by_the_public_key,
        _signed_by_somebody_else,
        _changed_after_it_was_signed,
        _by_a_key_it_brings,
        _another_algorithm_than_the_keys,
        _no_token,
    ],
)
def test_a_token_that_the_providers_own_key_did_not_sign_lets_nobody_in(
    portal: Directory, sign: Callable[[Provider, Claims], str]
):
    portal.provider.sign = sign
    _refused(portal)


@pytest.mark.parametrize(
    "said", [{"email_verified": False}, {"email_verified": None}, {"email_verified": "no"}]
)
def test_an_address_that_nobody_verified_lets_nobody_in(portal: Directory, said: dict[str, Any]):
    portal.provider.tamper = _changed(**said)
    _refused(portal)


def test_an_address_counts_unverified_where_the_settings_say_so_and_by_microsofts_word():
    with open_directory(oidc_trust_email=True) as other:
        other.provider.tamper = _changed(email_verified=None)
        assert path_of(Browser(other).sign_in("morag")) == "/inbox"
    with open_directory() as other:
        other.provider.tamper = _changed(email_verified=None, xms_edov=True)
        assert path_of(Browser(other).sign_in("morag")) == "/inbox"
        other.provider.tamper = _changed(email_verified=False, xms_edov=True)
        assert Browser(other).sign_in("morag").status_code == 403


@pytest.mark.parametrize("email", [None, "", "   ", ["morag.ellis@wigan.example"], 7, "x" * 201])
def test_a_name_that_is_none_lets_nobody_in(portal: Directory, email: Any):
    portal.provider.tamper = _changed(email=email)
    _refused(portal)


def test_another_state_than_the_browser_left_with_lets_nobody_in(portal: Directory):
    browser = Browser(portal)
    back = browser.comes_back("morag")
    for state in ("", "x", "A" * 43, "é" * 43, _state(back)[:8] + "A" * 35):
        answer = browser.get(_with(back, state=state))
        assert answer.status_code == 400
        assert "began in another browser" in answer.text
    assert not browser.is_signed_in()
    assert portal.provider.used == set(), "the code was not even shown"


def _state(back: str) -> str:
    return dict(parse_qsl(urlsplit(back).query))["state"]


def _with(back: str, **changes: str) -> str:
    parts = urlsplit(back)
    query = dict(parse_qsl(parts.query)) | changes
    return urlunsplit(parts._replace(query=urlencode(query)))


def test_nobody_is_signed_in_by_an_address_that_another_browser_began(portal: Directory):
    """As somebody would have others signed in as themselves."""
    theirs = Browser(portal).comes_back("jo")
    victim = Browser(portal)
    victim.go("/sign-in")
    assert victim.get(theirs).status_code == 400
    assert not victim.is_signed_in()


def test_a_code_of_another_browser_is_of_no_use_with_ones_own_state(portal: Directory):
    """It was asked for with another proof and another nonce."""
    stolen = dict(parse_qsl(urlsplit(Browser(portal).comes_back("morag")).query))["code"]
    thief = Browser(portal)
    back = thief.comes_back("sam")
    assert thief.get(_with(back, code=stolen)).status_code == 400
    assert not thief.is_signed_in()


def test_an_address_that_was_come_back_by_is_of_no_use_again(portal: Directory):
    browser = Browser(portal)
    back = browser.comes_back("morag")
    cookies = dict(browser.client.cookies)
    assert browser.get(back).status_code == 200
    browser.client.cookies.delete("kith_session")
    assert browser.get(back).status_code == 400, "the attempt is over"
    browser.client.cookies.update(cookies)
    assert browser.get(back).status_code == 400, "the provider takes a code once"
    assert not browser.is_signed_in()


def test_an_answer_in_the_name_of_another_provider_lets_nobody_in(portal: Directory):
    browser = Browser(portal)
    back = browser.comes_back("morag")
    assert browser.get(_with(back, iss="https://elsewhere.example")).status_code == 400
    assert portal.provider.used == set()


def test_a_discovery_document_of_another_issuer_is_not_used():
    with open_directory() as other:
        other.provider.said_issuer = "https://elsewhere.example/realm"
        assert Browser(other).get("/sign-in").status_code == 503


@pytest.mark.parametrize(
    "to",
    [
        "//elsewhere.example",
        "https://elsewhere.example/",
        r"/\elsewhere.example",
        "/inbox?x=//elsewhere.example",
        "/inbox/..//elsewhere.example",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_elsewhere_once_they_are_signed_in(portal: Directory, to: str):
    browser = Browser(portal)
    asked = browser.client.get(f"{portal.url}/sign-in", params={"to": to})
    page = browser.send(browser.follow(asked), who="morag")
    assert path_of(browser.follow(page)) == "/inbox"
    assert "elsewhere" not in "".join(str(seen.url) for seen in browser.seen[-4:])
    jo = Browser(portal)
    page = jo.sign_in("jo")
    answer = jo.send(page, who="operations:jo-marsh", to=to)
    assert answer.headers["location"] == "/"


def test_a_session_that_was_there_before_is_not_the_one_that_is_signed_in(portal: Directory):
    """Whoever put a cookie of their own into the browser learns nothing from it."""
    browser = Browser(portal)
    browser.sign_in("morag")
    planted = browser.client.cookies["kith_session"]
    browser.go("/sign-in")
    signed = browser.client.cookies["kith_session"]
    assert signed != planted
    assert _nonce(signed) != _nonce(planted)


def _nonce(cookie: str) -> str:
    return str(json.loads(base64.urlsafe_b64decode(cookie.partition(".")[0] + "=="))["nonce"])


def test_a_session_of_local_use_counts_nowhere_else(portal: Directory):
    """It was signed with the same secret, by whoever chose to be anybody."""
    now = Browser(portal)
    local = Access.of(settings_for("http://127.0.0.1:9"))
    visitor = Visitor(Role.OPERATIONS, "operations", "Operations")
    session = Session("nonce", datetime.now(UTC) + timedelta(hours=1), visitor)
    secret = settings_for("http://127.0.0.1:9").service_token.get_secret_value()
    for key in (
        local.session_key,
        derive_key(secret, f"session {portal.provider.issuer}"),
    ):
        now.client.cookies.set("kith_session", write_session(session, key), domain="127.0.0.1")
        assert not now.is_signed_in()


def test_nobody_signs_in_by_the_form_of_local_use(portal: Directory):
    browser = Browser(portal)
    browser.sign_in("morag")
    answer = browser.client.post(f"{portal.url}/sign-in", data={"who": "operations", "token": "x"})
    assert answer.status_code == 403


def test_neither_logs_nor_addresses_of_kith_say_who_signed_in(
    portal: Directory, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    browser = Browser(portal)
    browser.sign_in("morag", f"/households/{n.GREEN}")
    portal.provider.tamper = _changed(aud="another")
    Browser(portal).sign_in("jo")
    portal.provider.tamper = _changed()
    Browser(portal).sign_in("sam")
    told = "\n".join(record.getMessage() for record in caplog.records if "services" in record.name)
    assert "BadToken: InvalidAudienceError" in told
    addresses = "\n".join(str(seen.url) for seen in browser.seen)
    for word in ("morag", "jo.marsh", "sam.park", "wigan.example"):
        assert word not in told.lower()
        assert word not in addresses.lower()
    assert SECRET not in told
