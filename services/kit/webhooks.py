"""Signed webhooks by Standard Webhooks 1.0 (standardwebhooks.com): a body, its signature, a POST.

The signature is made by the specification's own library. Nothing the receiver answers is kept but
its status: what it writes may be anything.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from services.kit.deliveries import Result
from services.kit.outward import NotAllowed

GONE = "410"


def new_secret() -> str:
    """A fresh signing secret of 256 random bits, as receivers' libraries take it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(
    message_id: str, now: datetime, body: bytes, signing: Sequence[str]
) -> dict[str, str]:
    """The three headers. One signature for each secret: while one is being changed, both count."""
    at = now.astimezone(UTC)
    text = body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(s).sign(message_id, at, text) for s in signing),
    }


async def post_signed(
    client: httpx.AsyncClient,
    url: str,
    signing: Sequence[str],
    message_id: UUID,
    body: bytes,
    now: datetime,
    seconds: float,
    traceparent: str | None = None,
) -> Result:
    """Send ``body`` (JSON) once. Only a 2xx answer within ``seconds`` says that it arrived."""
    headers = signed_headers(str(message_id), now, body, signing)
    headers["content-type"] = "application/json"
    if traceparent is not None:
        headers["traceparent"] = traceparent
    try:
        async with asyncio.timeout(seconds):
            async with client.stream("POST", url, content=body, headers=headers) as answer:
                return _result(answer, now)
    except (TimeoutError, httpx.TimeoutException):
        return Result(delivered=False, status="no answer in time")
    except NotAllowed:
        return Result(delivered=False, status="the address is not a public one")
    except httpx.ConnectError:
        return Result(delivered=False, status="could not connect")
    except httpx.HTTPError as error:
        return Result(delivered=False, status=type(error).__name__)


def _result(answer: httpx.Response, now: datetime) -> Result:
    code = answer.status_code
    status = f"{code} (redirects are not followed)" if answer.is_redirect else str(code)
    return Result(
        delivered=answer.is_success,
        status=status,
        final=status == GONE,
        wait=None if answer.is_success else asked_to_wait(answer, now),
    )


def asked_to_wait(answer: httpx.Response, now: datetime) -> timedelta | None:
    """``Retry-After``: seconds or a date."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return timedelta(seconds=int(text))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at - now if at.tzinfo is not None and at > now else None
