"""What the portal is told from outside."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, FilePath, SecretStr, model_validator

from services.kit.settings import ServiceSettings, require_random

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _address(text: str) -> str:
    """An address that may be trusted: https, or http to this machine."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise ValueError("is no address: give one such as https://example.org") from None
    if url.fragment or "@" in url.netloc or not url.hostname or not text.isascii():
        raise ValueError("must be an address such as https://example.org, without user name")
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
        raise ValueError("must begin with https://, but to this machine itself")
    return text


Address = Annotated[str, AfterValidator(_address)]


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("there is no such time zone") from None
    return name


class PortalSettings(ServiceSettings):
    """The base addresses of the services behind, and how visitors' sessions are kept."""

    postgres: str = ""
    """Not used: the portal has no database."""
    agencies_url: str = "http://127.0.0.1:8001"
    """Where agencies answers."""
    duplication_url: str = "http://127.0.0.1:8002"
    """Where duplication answers."""
    keyworkers_url: str = "http://127.0.0.1:8003"
    """Where keyworkers answers."""
    alerts_url: str = "http://127.0.0.1:8004"
    """Where alerts answers."""
    operations_url: str = "http://127.0.0.1:8005"
    """Where operations answers."""
    session_secret: SecretStr | None = None
    """Signs sessions. None: derived from the service token, the same in every instance."""
    session_hours: Annotated[float, Field(gt=0, le=24)] = 10.0
    """How long a visitor stays signed in."""
    oidc_issuer: Address | None = None
    """Whose sign-in practitioners use: the issuer of an OpenID Connect provider, exactly as its
    ``/.well-known/openid-configuration`` says it. Not beside ``KITH_LOCAL``."""
    oidc_client_id: str | None = None
    """What that provider calls this portal."""
    oidc_client_secret: SecretStr | None = None
    """With which the portal shows the provider who it is."""
    oidc_claim: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:./-]{1,100}$")] = "email"
    """The claim of the ID token that is compared with the place file: ``email``, ``oid``, ``sub``,
    ``preferred_username``, ``upn`` or another."""
    oidc_scope: Annotated[str, Field(pattern=r"^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$")] = (
        "openid email profile"
    )
    """What the provider is asked for; begins with ``openid``."""
    oidc_trust_email: bool = False
    """An ``email`` counts although the provider does not say that it is verified: only where nobody
    can choose their own in that directory, nor a guest bring one."""
    oidc_ca_file: FilePath | None = None
    """Certificates (PEM) that are trusted beside the public ones, for a provider of your own."""
    portal_url: Address = "http://127.0.0.1:8100"
    """Where practitioners reach the portal: the provider sends them back to it."""
    sign_in_help: Annotated[str, Field(max_length=200)] = ""
    """Whom to ask, shown to whoever cannot sign in, e.g. ``the Kith team, 0161 496 0000``."""
    standing_seconds: Annotated[float, Field(gt=0, le=900)] = 180.0
    """How old the answer may be who a visitor still is: whoever left is out after that."""
    standing_grace_seconds: Annotated[float, Field(ge=0, le=14_400)] = 1_800.0
    """How long sessions go on while keyworkers does not answer that."""
    portal_hosts: str = "127.0.0.1,localhost,[::1]"
    """The host names the pages are served under, comma separated: any other is refused."""
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Europe/London"
    """In which times are told."""
    source_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a page waits for a service behind it before it shows without."""

    @property
    def secure(self) -> bool:
        """Whether pages are served by https alone."""
        return not self.local and not (self.oidc_issuer and self.portal_url.startswith("http://"))

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if self.oidc_issuer is None:
            if self.oidc_client_id or self.oidc_client_secret:
                raise ValueError("KITH_OIDC_ISSUER is missing: whose sign-in is it?")
            return self
        if self.local:
            raise ValueError(
                "KITH_LOCAL and KITH_OIDC_ISSUER are both set: with the first anybody may be "
                "anybody, with the second people sign in as themselves. Keep one of them"
            )
        if not self.oidc_client_id or not self.oidc_client_secret:
            raise ValueError(
                "KITH_OIDC_ISSUER is set: KITH_OIDC_CLIENT_ID and KITH_OIDC_CLIENT_SECRET (or a "
                "file, KITH_OIDC_CLIENT_SECRET_FILE) are needed as well"
            )
        url = urlsplit(self.portal_url)
        if url.path.strip("/") or url.query:
            raise ValueError("KITH_PORTAL_URL: the portal has a host of its own, without a path")
        if "portal_url" not in self.model_fields_set:
            raise ValueError(
                "KITH_PORTAL_URL is missing: the address at which practitioners reach the portal, "
                "to which the provider sends them back"
            )
        allowed = {name.strip().lower().strip("[]") for name in self.portal_hosts.split(",")}
        if url.hostname not in allowed:
            raise ValueError(
                f"KITH_PORTAL_HOSTS does not name {url.hostname}, the host of KITH_PORTAL_URL"
            )
        return self

    @model_validator(mode="after")
    def _refuse_a_secret_that_can_be_guessed(self) -> Self:
        secret = self.session_secret
        if secret is not None and not self.local:
            require_random("KITH_SESSION_SECRET", secret)
        return self
