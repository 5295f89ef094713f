"""The ways out of the pages that are set up here, and sending by each.

Invariant: nobody is told outside of an alert that was answered or taken back in the meantime.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import httpx
import orjson

from services.alerts import store_messages
from services.alerts.mail import Mail
from services.alerts.messages import Channel, What, Words, words_for
from services.alerts.notify import Notify
from services.alerts.places import Places
from services.alerts.settings import AlertsSettings
from services.kit.app import Service
from services.kit.deliveries import Delivery, Result
from services.kit.outward import certificates
from services.kit.webhooks import post_signed


def set_up(settings: AlertsSettings) -> frozenset[Channel]:
    """The channels that the settings name what they need for."""
    has_key = settings.notify_api_key is not None
    found = {
        Channel.EMAIL: settings.smtp_host is not None,
        Channel.NOTIFY: has_key and settings.notify_email_template is not None,
        Channel.SMS: has_key and settings.notify_sms_template is not None,
        Channel.WEBHOOK: settings.message_webhook_url is not None,
    }
    return frozenset(channel for channel, is_there in found.items() if is_there)


class Channels:
    """Sends messages. ``close`` when the service stops."""

    def __init__(self, service: Service, settings: AlertsSettings, places: Places) -> None:
        self._service = service
        self._settings = settings
        self._places = places
        self._client = httpx.AsyncClient(
            timeout=settings.delivery_timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            verify=certificates(),
            headers={"User-Agent": "Kith"},
        )
        self._mail = Mail(settings) if settings.smtp_host is not None else None
        self._notify = (
            Notify(settings, self._client) if settings.notify_api_key is not None else None
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, delivery: Delivery) -> Result:
        """One attempt. A test that fails is seen by whoever asked for it, and by nobody else."""
        result = await self._send(delivery)
        is_test = delivery.content["what"] == What.TEST
        return replace(result, needless=True) if is_test and not result.delivered else result

    async def _send(self, delivery: Delivery) -> Result:
        content = delivery.content
        place_id = content.get("place_id")
        if "alert_id" in content:
            alert_id = UUID(content["alert_id"])
            if not await store_messages.is_waiting(self._service.pool, alert_id):
                return Result(delivered=False, status="answered already", final=True, needless=True)
            place_id = await store_messages.load_place_of(self._service.pool, alert_id)
        policies = await self._places.current(self._service.pool)
        timezone = policies.of(place_id or "").timezone
        words = words_for(content, self._settings.portal_url, timezone)
        now = self._service.clock()
        match Channel(delivery.channel):
            case Channel.EMAIL if self._mail is not None:
                return await self._mail.send(content["to"], delivery.id, words, now)
            case (Channel.NOTIFY | Channel.SMS) as channel if self._notify is not None:
                return await self._notify.send(channel, content["to"], delivery.id, words, now)
            case Channel.WEBHOOK if self._settings.message_webhook_url is not None:
                return await self._post(self._settings.message_webhook_url, delivery, words)
            case _:
                return Result(delivered=False, status="not set up here any more", final=True)

    async def _post(self, url: str, delivery: Delivery, words: Words) -> Result:
        secret = self._settings.message_webhook_secret
        assert secret is not None
        body = {
            "type": f"alert.{delivery.content['what']}",
            "timestamp": delivery.created_at,
            "data": {name: value for name, value in words.fields.items() if value}
            | {"recipient": delivery.destination, "severity": delivery.content["severity"]},
        }
        return await post_signed(
            self._client,
            url,
            [secret.get_secret_value()],
            delivery.id,
            orjson.dumps(body, option=orjson.OPT_UTC_Z),
            self._service.clock(),
            self._settings.delivery_timeout_seconds,
            delivery.traceparent,
        )
