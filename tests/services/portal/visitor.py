"""A visitor without JavaScript: an HTTP client that keeps its cookie and fills in forms."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from types import MappingProxyType

import httpx

from tests.services.portal.neighbourhood import MORAG

KEY_WORKER = f"key_worker:{MORAG}"
LEAD = "team_lead:wigan-north"
DESK = "desk:wigan"
REVIEWER = "reviewer"
OPERATIONS = "operations"


class Visitor:
    """``client`` keeps the session's cookie; redirects are not followed. Without certificates: to
    read them takes longer than many a page."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=10, verify=False)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(
        self,
        path: str,
        token: str | None = None,
        form: Mapping[str, str | list[str]] = MappingProxyType({}),
        **fields: str | list[str],
    ) -> httpx.Response:
        """Send a form with the session's own token, or with ``token``."""
        if token is None:
            token = self.token()
        return self.client.post(path, data={"token": token, **form, **fields})

    def token(self) -> str:
        page = self.get("/sign-in").text
        found = re.search(r'name="token" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    def sign_in(self, who: str) -> httpx.Response:
        return self.post("/sign-in", who=who)


def signed_in(url: str, who: str) -> Visitor:
    visitor = Visitor(url)
    assert visitor.sign_in(who).status_code == 303
    return visitor


def text(response: httpx.Response, status: int = 200) -> str:
    """What the page says, where it is answered with ``status``."""
    assert response.status_code == status, response.text
    return html.unescape(response.text)
