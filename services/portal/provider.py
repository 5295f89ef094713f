"""The organisation's sign-in: an OpenID Connect provider, asked over HTTP.

Invariant: only addresses that the issuer's own discovery document names are called, by https (or
on this machine), and nothing of the person, the code or a token is logged or kept.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.kit.outward import certificates
from services.portal.attempts import Attempt
from services.portal.id_tokens import Expected, UnknownKey, verify
from services.portal.settings import Address, PortalSettings

LOG = logging.getLogger(__name__)
KEEP_SECONDS = 600.0
"""How long what the provider says of itself, and its keys, are kept."""
DOWN_SECONDS = 5.0
"""How long it is not asked again who it is after it did not answer: others would wait in a row."""
_CODE = re.compile(r"[a-z_]{1,40}")
_DISCOVERY = "/.well-known/openid-configuration"
_POST, _BASIC = "client_secret_post", "client_secret_basic"


class ProviderDown(Exception):
    """The provider does not answer, or not what can be used. ``str()`` is for the log."""


class NotAccepted(Exception):
    """The provider does not take the code: used before, too old, or another's."""


class Description(BaseModel):
    """What is used of a discovery document."""

    issuer: str
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    end_session_endpoint: Address | None = None
    token_endpoint_auth_methods_supported: list[str] = [_BASIC]


class _KeySet(BaseModel):
    keys: list[dict[str, Any]]


@dataclass(slots=True)
class _Kept:
    """``value``, and until when it need not be asked anew."""

    value: Any = None
    until: float = 0.0


class Provider:
    """Open between the service's start and stop. ``monotonic``: seconds that only go on."""

    def __init__(
        self, settings: PortalSettings, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id or ""
        self._now = monotonic
        self._description, self._keys = _Kept(), _Kept()
        self._down = _Kept("")
        self._asking = asyncio.Lock()
        self._client: httpx.AsyncClient

    async def open(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=self._settings.source_timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            verify=self._trusted(),
            headers={"User-Agent": "Kith", "Accept": "application/json"},
        )

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def back(self) -> str:
        """Where the provider sends people back to: from the settings, never from a request."""
        return f"{self._settings.portal_url.rstrip('/')}/sign-in/back"

    async def address(self, attempt: Attempt, *, again: bool) -> str:
        """Where to sign in. ``again``: whoever is signed in there is asked once more. Raises
        :class:`ProviderDown`."""
        description = await self.describe()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self.back,
            "scope": self._settings.oidc_scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        if again:
            asked["prompt"] = "login"
        return _with(description.authorization_endpoint, asked)

    async def sign_out_address(self) -> str | None:
        """Where to sign out; None where the provider offers it not, or does not answer."""
        try:
            end = (await self.describe()).end_session_endpoint
        except ProviderDown as error:
            LOG.warning("the sign-in provider cannot be told of a sign-out: %s", error)
            return None
        back = f"{self._settings.portal_url.rstrip('/')}/signed-out"
        asked = {"client_id": self._client_id, "post_logout_redirect_uri": back}
        return _with(end, asked) if end else None

    async def claims(self, code: str, attempt: Attempt) -> dict[str, Any]:
        """The claims of whoever signed in. Raises :class:`ProviderDown`, :class:`NotAccepted` or
        :class:`~services.portal.id_tokens.BadToken`."""
        token = await self._exchange(code, attempt)
        expected = Expected(self._issuer, self._client_id, attempt.nonce)
        try:
            return verify(token, await self._signing_keys(), expected)
        except UnknownKey:
            self._keys.until = 0.0  # It may have changed them since.
            return verify(token, await self._signing_keys(), expected)

    async def describe(self) -> Description:
        """The discovery document. What was read before stands in while it cannot be read anew."""
        async with self._asking:
            if self._now() >= self._description.until:
                await self._describe()
        description: Description = self._description.value
        return description

    async def _describe(self) -> None:
        if self._now() < self._down.until:
            raise ProviderDown(self._down.value)
        try:
            found = await self._read(self._issuer.rstrip("/") + _DISCOVERY, Description)
            if found.issuer != self._issuer:
                raise ProviderDown("its discovery document is of another issuer")
        except ProviderDown as error:
            found = self._description.value
            if found is None:
                self._down = _Kept(str(error), self._now() + DOWN_SECONDS)
                raise
        self._description = _Kept(found, self._now() + KEEP_SECONDS)

    async def _signing_keys(self) -> list[dict[str, Any]]:
        if self._now() >= self._keys.until:
            found = await self._read((await self.describe()).jwks_uri, _KeySet)
            self._keys = _Kept(found.keys, self._now() + KEEP_SECONDS)
        keys: list[dict[str, Any]] = self._keys.value
        return keys

    async def _exchange(self, code: str, attempt: Attempt) -> str:
        """The ID token for a code."""
        description = await self.describe()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": attempt.verifier,
        }
        secret = self._settings.oidc_client_secret
        assert secret is not None
        methods, auth = description.token_endpoint_auth_methods_supported, None
        if _POST in methods:
            form |= {"client_id": self._client_id, "client_secret": secret.get_secret_value()}
        elif _BASIC in methods:
            auth = (quote_plus(self._client_id), quote_plus(secret.get_secret_value()))
        else:
            raise ProviderDown("it takes no client secret: neither by post nor by basic")
        answer = await self._call("POST", description.token_endpoint, data=form, auth=auth)
        said = _json(answer)
        if answer.status_code == 200 and isinstance(said.get("id_token"), str):
            return str(said["id_token"])
        error = str(said.get("error", ""))
        named = error if _CODE.fullmatch(error) else "no error named"
        LOG.warning("the sign-in provider answered a code %d: %s", answer.status_code, named)
        if error == "invalid_grant":
            raise NotAccepted
        raise ProviderDown(f"its token endpoint answered {answer.status_code}: {named}")

    async def _read(self, url: str, shape: type[Any]) -> Any:
        answer = await self._call("GET", url)
        if answer.status_code != 200:
            raise ProviderDown(f"{urlsplit(url).path} answered {answer.status_code}")
        try:
            return TypeAdapter(shape).validate_json(answer.content)
        except ValidationError as error:
            where = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors()[:3])
            raise ProviderDown(f"{urlsplit(url).path} cannot be read, at {where}") from None

    async def _call(self, method: str, url: str, **content: Any) -> httpx.Response:
        try:
            return await self._client.request(method, url, **content)
        except httpx.HTTPError as error:
            raise ProviderDown(f"{urlsplit(url).path}: {type(error).__name__}") from None

    def _trusted(self) -> ssl.SSLContext:
        if self._settings.oidc_ca_file is None:
            return certificates()
        trusted = httpx.create_ssl_context(trust_env=False)
        trusted.load_verify_locations(self._settings.oidc_ca_file)
        return trusted


def _with(address: str, asked: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
