"""A message by GOV.UK Notify: email or text message, from a template of the place's own.

The template may use ``((reference))``, ``((answer_by))`` and ``((link))``, a digest's ``((open))``,
``((late))`` and ``((link))``; ``((subject))`` and ``((body))`` say it all in Kith's words.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import httpx
import jwt

from services.alerts.messages import Channel, Words
from services.alerts.settings import AlertsSettings
from services.kit.deliveries import Result
from services.kit.webhooks import asked_to_wait

_UUID = 36
_WHERE = {Channel.NOTIFY: ("email", "email_address"), Channel.SMS: ("sms", "phone_number")}
_WORTH_TRYING = {403, 429}
"""Besides the server's own faults: a clock or a key to be mended, and too many at once."""

_ERRORS = frozenset({
    "AuthError", "BadRequestError", "ValidationError", "NoResultFound", "RateLimitError",
    "TooManyRequestsError", "Exception",
})  # fmt: skip


def token(api_key: str, now: datetime) -> str:
    """What proves who calls: a JSON Web Token signed with the key's last part, for 30 seconds."""
    service_id, secret = api_key[-2 * _UUID - 1 : -_UUID - 1], api_key[-_UUID:]
    claims = {"iss": service_id, "iat": int(now.timestamp())}
    return jwt.encode(claims, secret, algorithm="HS256")


def _error_type(answer: httpx.Response) -> str:
    """The published type of the error, such as ``ValidationError``: of what Notify writes this
    alone is kept, as its messages may repeat the address."""
    try:
        error = answer.json()["errors"][0]["error"]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return error if error in _ERRORS else ""


class Notify:
    """Sends through the service that ``notify_url`` names."""

    def __init__(self, settings: AlertsSettings, client: httpx.AsyncClient) -> None:
        assert settings.notify_api_key is not None
        self._key = settings.notify_api_key.get_secret_value()
        self._base = settings.notify_url.rstrip("/")
        self._client = client
        self._templates = {
            Channel.NOTIFY: settings.notify_email_template,
            Channel.SMS: settings.notify_sms_template,
        }

    async def send(
        self, channel: Channel, to: str, message_id: UUID, words: Words, now: datetime
    ) -> Result:
        """One attempt. ``reference`` is the message's id, the same for a repeat."""
        kind, field = _WHERE[channel]
        try:
            answer = await self._client.post(
                f"{self._base}/v2/notifications/{kind}",
                headers={"Authorization": f"Bearer {token(self._key, now)}"},
                json={
                    field: to,
                    "template_id": str(self._templates[channel]),
                    "personalisation": words.fields
                    | {"subject": words.subject, "body": words.body},
                    "reference": str(message_id),
                },
            )
        except httpx.TimeoutException:
            return Result(delivered=False, status="no answer in time")
        except httpx.ConnectError:
            return Result(delivered=False, status="could not connect")
        except httpx.HTTPError as error:
            return Result(delivered=False, status=type(error).__name__)
        code = answer.status_code
        return Result(
            delivered=answer.is_success,
            status=f"{code} {_error_type(answer)}".strip(),
            final=answer.is_client_error and code not in _WORTH_TRYING,
            wait=asked_to_wait(answer, now),
        )
