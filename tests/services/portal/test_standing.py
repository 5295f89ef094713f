"""How long somebody goes on who has left, and how long while nobody can say so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from services.portal.answers_sign_in import Office, SignedIn
from services.portal.session import Person, Role, Session, Visitor
from services.portal.settings import PortalSettings
from services.portal.sources import Unavailable
from services.portal.standing import Standing
from tests.services.portal.installation import settings_for

MORAG = Office(role=Role.KEY_WORKER, id="morag", name="Morag Ellis", where="Wigan North")


class Keyworkers:
    """What it would answer; ``asked`` counts."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.offices: tuple[Office, ...] = (MORAG,)
        self.down = False
        self.asked = 0
        self.standing = Standing(self.ask, 180, 1800, lambda: self.now)

    async def ask(self, sign_in: str) -> SignedIn:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise Unavailable("keyworkers")
        return SignedIn(person_id="morag" if self.offices else None, offices=self.offices)

    async def holds(self, sign_in: str = "morag@wigan.example", id_: str = "morag") -> bool:
        visitor = Visitor(Role.KEY_WORKER, id_, "Morag Ellis")
        end = datetime.now(UTC) + timedelta(hours=1)
        return await self.standing.holds(Session("n", end, visitor, Person(sign_in, "morag")))


@pytest.fixture
def keyworkers() -> Keyworkers:
    return Keyworkers()


async def test_it_is_asked_again_only_when_the_answer_is_old(keyworkers: Keyworkers) -> None:
    assert await keyworkers.holds()
    keyworkers.now += 179
    keyworkers.offices = ()
    assert await keyworkers.holds()
    assert keyworkers.asked == 1
    keyworkers.now += 1
    assert not await keyworkers.holds()
    assert keyworkers.asked == 2


async def test_another_role_of_theirs_does_not_keep_the_one_they_lost(
    keyworkers: Keyworkers,
) -> None:
    assert not await keyworkers.holds(id_="somebody-else")


async def test_many_pages_at_once_ask_once(keyworkers: Keyworkers) -> None:
    assert all(await asyncio.gather(*(keyworkers.holds() for _ in range(20))))
    assert keyworkers.asked == 1


async def test_while_it_does_not_answer_sessions_go_on_for_half_an_hour_and_no_longer(
    keyworkers: Keyworkers,
) -> None:
    assert await keyworkers.holds()
    keyworkers.now += 7200
    keyworkers.down = True
    assert await keyworkers.holds(), "nobody was here for two hours, and it is down only now"
    asked = keyworkers.asked
    assert await keyworkers.holds()
    assert keyworkers.asked == asked, "it is let be for a while"
    keyworkers.now += 1800
    assert await keyworkers.holds()
    keyworkers.now += 11
    assert not await keyworkers.holds()
    assert not await keyworkers.holds("after-a-restart@wigan.example")
    keyworkers.down = False
    keyworkers.now += 11
    assert await keyworkers.holds(), "it answers again, and the session is what it was"


async def test_whoever_had_left_before_stays_out_while_it_does_not_answer(
    keyworkers: Keyworkers,
) -> None:
    keyworkers.offices = ()
    assert not await keyworkers.holds()
    keyworkers.down = True
    keyworkers.now += 200
    assert not await keyworkers.holds()


async def test_an_outage_that_is_over_counts_no_more(keyworkers: Keyworkers) -> None:
    keyworkers.down = True
    assert await keyworkers.holds()
    keyworkers.down = False
    keyworkers.now += 1700
    assert await keyworkers.holds("another@wigan.example")
    keyworkers.down = True
    keyworkers.now += 1700
    assert await keyworkers.holds()


OIDC: dict[str, Any] = {
    "local": False,
    "service_token": SecretStr("0123456789abcdef0123"),
    "oidc_issuer": "https://login.example/realm",
    "oidc_client_id": "kith",
    "oidc_client_secret": SecretStr("of the client"),
    "portal_url": "https://kith.example",
    "portal_hosts": "kith.example",
}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"local": True}, "KITH_LOCAL and KITH_OIDC_ISSUER are both set"),
        ({"oidc_client_id": None}, "KITH_OIDC_CLIENT_ID and KITH_OIDC_CLIENT_SECRET"),
        ({"oidc_client_secret": None}, "KITH_OIDC_CLIENT_SECRET_FILE"),
        ({"oidc_issuer": None}, "KITH_OIDC_ISSUER is missing"),
        ({"oidc_issuer": "http://login.example/realm"}, "must begin with https://"),
        ({"oidc_issuer": "https://me@login.example/realm"}, "without user name"),
        ({"portal_url": "http://kith.example"}, "must begin with https://"),
        ({"portal_url": "https://other.example"}, "KITH_PORTAL_HOSTS does not name other.example"),
        ({"portal_url": "https://kith.example/kith"}, "without a path"),
        ({"portal_url": None}, "KITH_PORTAL_URL is missing"),
        ({"oidc_scope": "email profile"}, "oidc_scope"),
        ({"oidc_ca_file": "/nowhere.pem"}, "oidc_ca_file"),
    ],
)
def test_settings_that_let_the_wrong_people_in_or_nobody_are_refused_in_words(
    changes: dict[str, Any], fault: str
) -> None:
    given = {name: v for name, v in (OIDC | changes).items() if v is not None}
    with pytest.raises(ValidationError, match=fault):
        settings_for("http://127.0.0.1:9", **given)


def test_only_a_portal_on_this_machine_itself_is_served_without_https() -> None:
    assert settings_for("http://127.0.0.1:9", **OIDC).secure
    here = {"portal_url": "http://localhost:8100", "portal_hosts": "localhost"}
    assert not settings_for("http://127.0.0.1:9", **(OIDC | here)).secure
    settings: PortalSettings = settings_for("http://127.0.0.1:9", local=False)
    assert settings.secure, "nobody can sign in, and the headers are as elsewhere"
