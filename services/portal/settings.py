"""What the portal is told from outside."""

from __future__ import annotations

from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, model_validator

from services.kit.settings import ServiceSettings, require_random


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
    portal_hosts: str = "127.0.0.1,localhost,[::1]"
    """The host names the pages are served under, comma separated: any other is refused."""
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Europe/London"
    """In which times are told."""
    source_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a page waits for a service behind it before it shows without."""

    @model_validator(mode="after")
    def _refuse_a_secret_that_can_be_guessed(self) -> Self:
        secret = self.session_secret
        if secret is not None and not self.local:
            require_random("KITH_SESSION_SECRET", secret)
        return self
