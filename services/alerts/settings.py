"""What alerts is told, besides what every service is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, SecretStr, model_validator
from standardwebhooks import Webhook

from services.kit.outward import NotAllowed, check_url
from services.kit.settings import DeliverySettings

_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NOTIFY_KEY = re.compile(rf".+-{_UUID}-{_UUID}", re.IGNORECASE)


class AlertsSettings(DeliverySettings):
    """Settings of alerts. A channel is set up by naming its server; without any, alerts are shown
    on the pages only."""

    sweep_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How often late alerts are looked for, to be escalated; and reminders and digests."""
    heartbeat_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How often an idle stream says that it is alive, and looks for what it may have missed."""
    place_policies: Path | None = None
    """JSON file of each place's working time and allowances; the defaults where there is none."""
    portal_url: str = "http://127.0.0.1:8100"
    """Where practitioners reach the portal: messages link to it."""
    smtp_host: str | None = None
    """The SMTP server for messages by email."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port."""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; ``none`` for local use only."""
    smtp_ca_file: Path | None = None
    """Certificates to trust instead of the system's, PEM."""
    smtp_user: str | None = None
    """The user to sign in to the SMTP server as."""
    smtp_password: SecretStr | None = None
    """That user's password."""
    smtp_sender: str | None = None
    """The address that emails come from."""
    notify_url: str = "https://api.notifications.service.gov.uk"
    """GOV.UK Notify, or what stands in for it."""
    notify_api_key: SecretStr | None = None
    """The API key of the place's GOV.UK Notify service."""
    notify_email_template: UUID | None = None
    """The template for emails: messages by GOV.UK Notify."""
    notify_sms_template: UUID | None = None
    """The template for text messages."""
    message_webhook_url: str | None = None
    """Where messages go as signed webhooks (Standard Webhooks)."""
    message_webhook_secret: SecretStr | None = None
    """The secret that signs them, ``whsec_...``."""

    @model_validator(mode="after")
    def _channels_have_what_they_need(self) -> Self:
        if self.smtp_host is not None and not re.fullmatch(
            r"[^@\s]+@[^@\s]+", self.smtp_sender or ""
        ):
            raise ValueError("KITH_SMTP_SENDER: name the address that emails come from")
        if self.smtp_host is not None and self.smtp_tls == "none" and not self.local:
            raise ValueError("KITH_SMTP_TLS: outside local use it is starttls or tls")
        key = self.notify_api_key
        if key is not None:
            if not _NOTIFY_KEY.fullmatch(key.get_secret_value()):
                raise ValueError(
                    "KITH_NOTIFY_API_KEY: copy the whole key: name, service id and secret"
                )
            if self.notify_email_template is None and self.notify_sms_template is None:
                raise ValueError(
                    "KITH_NOTIFY_EMAIL_TEMPLATE, KITH_NOTIFY_SMS_TEMPLATE: name one, or both"
                )
            _checked("KITH_NOTIFY_URL", self.notify_url, local=self.local)
        if self.message_webhook_url is not None:
            _checked("KITH_MESSAGE_WEBHOOK_URL", self.message_webhook_url, local=self.local)
            if self.message_webhook_secret is None:
                raise ValueError("KITH_MESSAGE_WEBHOOK_SECRET: name the secret that signs")
            _usable(self.message_webhook_secret.get_secret_value())
        return self


def _checked(name: str, url: str, *, local: bool) -> None:
    """The operator's own address: it may be inside the network, but not without TLS."""
    try:
        check_url(url, local=True)
    except NotAllowed as error:
        raise ValueError(f"{name} {error}") from None
    if not local and not url.startswith("https://"):
        raise ValueError(f"{name} must begin with https://")


def _usable(secret: str) -> None:
    try:
        Webhook(secret)
    except Exception:
        raise ValueError(
            "KITH_MESSAGE_WEBHOOK_SECRET: whsec_ and the key in base64, 24 to 64 bytes"
        ) from None
