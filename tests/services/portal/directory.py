"""A portal at which people sign in at their organisation's, and what they sign in with."""

from __future__ import annotations

import contextlib
import html
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import SecretStr

from services.portal.app import create_service
from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import fill, settings_for
from tests.services.portal.oidc_provider import CLIENT, SECRET, Provider, open_provider
from tests.services.portal.serving import listen, serve
from tests.services.portal.stand_in import TOKEN, StandIn, create_stand_in

MORAG = {
    "role": "key_worker",
    "id": n.MORAG,
    "name": "Morag Ellis",
    "where": "Wigan North",
}
LEAD = {"role": "team_lead", "id": "wigan-north", "name": "Morag Ellis", "where": "Wigan North"}
OFFICER = {"role": "privacy_officer", "id": "jo-marsh", "name": "Jo Marsh", "where": ""}
OPERATIONS = {"role": "operations", "id": "jo-marsh", "name": "Jo Marsh", "where": ""}


@dataclass
class Directory:
    """``url``: the portal's; ``behind``: the services; ``provider``: the organisation's sign-in."""

    url: str
    behind: StandIn
    provider: Provider

    def reset(self) -> None:
        """Morag, a key worker; Jo, of two roles; Sam, whom the place does not know."""
        fill(self.behind)
        self.behind.persons = set()
        self.behind.signs_in = {
            "morag.ellis@wigan.example": [MORAG],
            "jo.marsh@wigan.example": [OFFICER, OPERATIONS],
        }
        self.behind.ambiguous = set()
        self.provider.reset()
        self.provider.people = {
            "morag": {"email": "Morag.Ellis@wigan.example", "email_verified": True},
            "jo": {"email": "jo.marsh@wigan.example", "email_verified": True},
            "sam": {"email": "sam.park@wigan.example", "email_verified": True},
        }


@contextlib.contextmanager
def open_directory(host: str = "127.0.0.1", **changes: Any) -> Iterator[Directory]:
    """One that runs. Who somebody is is asked anew for every page, where not said otherwise."""
    state, listener = StandIn(), listen()
    url = f"http://{host}:{listener.getsockname()[1]}"
    with open_provider() as provider:
        provider.back = {f"{url}/sign-in/back"}
        provider.after_sign_out = {f"{url}/signed-out"}
        with open_portal(state, url, listener, provider.issuer, **changes):
            found = Directory(url, state, provider)
            found.reset()
            yield found


@contextlib.contextmanager
def open_portal(
    state: StandIn, url: str, listener: socket.socket, issuer: str, **changes: Any
) -> Iterator[None]:
    """A portal at ``url`` that listens there, of an issuer that may be another's."""
    options: dict[str, Any] = {
        "local": False,
        "service_token": SecretStr(TOKEN),
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
        "portal_url": url,
        "standing_seconds": 1e-6,
        "sign_in_help": "the Kith team, 0161 496 0000",
    }
    with serve(create_stand_in(state)) as behind:
        settings = settings_for(behind, **(options | changes))
        with serve(create_service(settings).api, listener):
            yield


class Browser:
    """Goes where it is sent, by redirects and by pages that open another."""

    def __init__(self, portal: Directory) -> None:
        self.portal = portal
        self.client = httpx.Client(timeout=10, verify=False)
        self.seen: list[httpx.Response] = []

    def get(self, address: str) -> httpx.Response:
        """One request, going nowhere from there."""
        return self.client.get(urljoin(self.portal.url, address))

    def go(self, address: str) -> httpx.Response:
        """To an address, and on to where it leads."""
        return self.follow(self.get(address))

    def follow(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(12):
            self.seen.append(answer)
            sent = answer.headers.get("location")
            opened = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
            if not sent and not opened:
                return answer
            to = sent or html.unescape(opened[1] if opened else "")
            answer = self.client.get(urljoin(str(answer.url), to))
        raise AssertionError("sent round and round")

    def send(self, page: httpx.Response, at: int = -1, **fields: str) -> httpx.Response:
        """A page's last form, with its hidden fields and these."""
        form = re.findall(r"<form.*?</form>", page.text, re.DOTALL)[at]
        action = re.search(r'action="([^"]+)"', form)
        assert action is not None
        hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
        data = {name: html.unescape(value) for name, value in hidden} | fields
        return self.client.post(urljoin(str(page.url), action[1]), data=data)

    def sign_in(self, who: str, to: str = "/inbox") -> httpx.Response:
        """Ask for a page, sign in at the organisation's, and come to where that leads."""
        page = self.go(to)
        assert "The council’s sign-in" in page.text, page.text
        return self.follow(self.send(page, who=who))

    def sign_out(self, page: httpx.Response) -> httpx.Response:
        """By the form in the page's head."""
        return self.follow(self.send(page, at=0))

    def comes_back(self, who: str) -> str:
        """The address by which the provider sends somebody back, not yet opened."""
        page = self.go("/sign-in")
        return self.send(page, who=who).headers["location"]

    def is_signed_in(self) -> bool:
        answer = self.get("/")
        assert answer.status_code == 303
        return not answer.headers["location"].startswith("/sign-in")


def path_of(answer: httpx.Response) -> str:
    return urlsplit(str(answer.url)).path
