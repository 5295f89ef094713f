"""A message by email, through the place's own SMTP server. Of its answers only codes are kept."""

from __future__ import annotations

import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

import aiosmtplib

from services.alerts.messages import Words
from services.alerts.settings import AlertsSettings
from services.kit.deliveries import Result


class Mail:
    """Sends through one server. A repeat has the same ``Message-ID``."""

    def __init__(self, settings: AlertsSettings) -> None:
        assert settings.smtp_host is not None
        assert settings.smtp_sender is not None
        self._settings = settings
        self._sender = settings.smtp_sender
        self._tls: ssl.SSLContext | None = None
        if settings.smtp_tls != "none":
            self._tls = ssl.create_default_context(cafile=settings.smtp_ca_file)

    async def send(self, to: str, message_id: UUID, words: Words, now: datetime) -> Result:
        """One attempt. Final where the server will never take it."""
        settings = self._settings
        password = settings.smtp_password
        try:
            await aiosmtplib.send(
                self._written(to, message_id, words, now),
                sender=self._sender,
                recipients=[to],
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user,
                password=password.get_secret_value() if password else None,
                timeout=settings.delivery_timeout_seconds,
                use_tls=settings.smtp_tls == "tls",
                start_tls=settings.smtp_tls == "starttls",
                tls_context=self._tls,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            return _refused(max(codes, default=550), final=all(code >= 500 for code in codes))
        except aiosmtplib.SMTPAuthenticationError as error:
            # Somebody must mend a setting: the message is not at fault.
            return _refused(error.code, final=False)
        except aiosmtplib.SMTPResponseException as error:
            is_message = isinstance(error, aiosmtplib.SMTPDataError)
            return _refused(error.code, final=is_message and error.code >= 500)
        except aiosmtplib.SMTPTimeoutError:
            return Result(delivered=False, status="no answer in time")
        except aiosmtplib.SMTPConnectError:
            return Result(delivered=False, status="could not connect")
        except (aiosmtplib.SMTPException, OSError) as error:
            return Result(delivered=False, status=type(error).__name__)
        return Result(delivered=True, status="accepted")

    def _written(self, to: str, message_id: UUID, words: Words, now: datetime) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = words.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{message_id}@{self._sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(words.body)
        return message


def _refused(code: int, *, final: bool) -> Result:
    return Result(delivered=False, status=f"SMTP {code}", final=final)
