"""An agency's own webhook: where it wants to be told, and what was delivered there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal

import httpx
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.agencies import webhook_store
from services.agencies.callers import CallingAgency, only_known_parameters
from services.agencies.settings import AgenciesSettings
from services.agencies.shown import DeliveryPage, WebhookShown, answers
from services.agencies.webhook_store import Endpoint, state_of
from services.kit.app import Service
from services.kit.db import Row
from services.kit.deliveries import find_deliveries, give_up_waiting, hurry_waiting
from services.kit.errors import Problem
from services.kit.outward import NotAllowed, check_url, public_address
from services.kit.webhooks import new_secret

PAUSED = (
    "Kith's operators have paused it. Nothing is lost: what waits is sent, in order, once they let"
    " it go on. GET /v1/outcomes has it meanwhile."
)
FORMER_SECRET = timedelta(hours=24)
"""How long a secret that was changed still signs as well."""
_Cursor = Annotated[str, Query(pattern=r"^[0-9]{1,18}$")]


class WebhookWanted(BaseModel):
    """``new_secret``: the one in use is replaced; both sign for 24 hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(max_length=2_000)
    new_secret: bool = False


def _refused(rule: str) -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Kith does not send to this address. Nothing was changed. See 'errors'.",
        errors=[{"field": "url", "rule": rule}],
    )


def _no_webhook() -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND, "Your agency has no webhook. PUT /v1/webhook registers one."
    )


async def _checked(text: str, *, local: bool) -> str:
    """The URL, where Kith would call it now. Problem 422 with the rule it breaks."""
    try:
        url = httpx.URL(check_url(text, local=local))
        if not local:
            await public_address(url.host, url.port or 443)
    except NotAllowed as error:
        raise _refused(str(error)) from None
    except OSError:
        raise _refused("names a host that cannot be found; check its spelling") from None
    return text


def _shown(endpoint: Endpoint, secret: str | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "url": endpoint.url,
        "state": state_of(endpoint.failing_since, endpoint.paused_at, endpoint.disabled_at),
        "statement": endpoint.statement or (PAUSED if endpoint.paused_at else None),
        "created_at": endpoint.created_at,
        "changed_at": endpoint.changed_at,
        "succeeded_at": endpoint.succeeded_at,
        "failing_since": endpoint.failing_since,
        "disabled_at": endpoint.disabled_at,
    }
    return shown | ({"secret": secret} if secret else {})


def _delivery(row: Row) -> dict[str, Any]:
    hidden = {"sequence", "channel", "lane", "content"}
    shown = {name: value for name, value in row.items() if name not in hidden}
    return {"id": shown.pop("id"), **row["content"], **shown}


def webhook_api(service: Service, settings: AgenciesSettings) -> APIRouter:
    """The routes. Every one asks for an agency's credential."""
    router = APIRouter(
        prefix="/v1/webhook", tags=["webhook"], dependencies=[Depends(only_known_parameters)]
    )

    @router.put(
        "",
        response_model=None,
        responses=answers(WebhookShown) | answers(WebhookShown, HTTPStatus.CREATED),
    )
    async def put_webhook(
        wanted: WebhookWanted, agency: CallingAgency, response: Response
    ) -> dict[str, Any]:
        """Register where your agency wants to be told, change it, or enable it again.

        The answer to the first, and to one with ``new_secret``, holds the signing ``secret``: it
        is shown this once. What still waits is sent to the new address at once.
        """
        url = await _checked(wanted.url, local=settings.local)
        async with service.work() as work:
            before = await webhook_store.lock_endpoint(work.connection, agency.id)
            fresh = new_secret() if before is None or wanted.new_secret else None
            if before is None:
                response.status_code = HTTPStatus.CREATED
                assert fresh is not None
                after = Endpoint(agency.id, url, fresh, None, None, work.now, work.now)
            else:
                after = replace(
                    before,
                    url=url,
                    changed_at=work.now,
                    failing_since=None,
                    disabled_at=None,
                    statement=None,
                )
                if fresh is not None:
                    until = work.now + FORMER_SECRET
                    after = replace(
                        after, secret=fresh, previous_secret=before.secret, previous_until=until
                    )
            # What waits before the endpoint, as whoever records a result takes them.
            if after.paused_at is None:
                await hurry_waiting(work.connection, agency.id, work.now)
            await webhook_store.save_endpoint(work.connection, after)
        return _shown(after, fresh)

    @router.get("", response_model=None, responses=answers(WebhookShown))
    async def get_webhook(agency: CallingAgency) -> dict[str, Any]:
        """Your agency's webhook and how it fares: ``enabled``, ``failing``, ``paused`` by Kith's
        operators, or ``disabled``.

        ``statement`` says why it was paused or disabled, and what to do.
        """
        endpoint = await webhook_store.find_endpoint(service.pool, agency.id)
        if endpoint is None:
            raise _no_webhook()
        return _shown(endpoint)

    @router.delete("", status_code=HTTPStatus.NO_CONTENT)
    async def delete_webhook(agency: CallingAgency) -> None:
        """Be told by webhook no more. What still waits is not sent; it can be polled."""
        async with service.work() as work:
            await give_up_waiting(
                work.connection, agency.id, "the endpoint was removed", work.now, needless=True
            )
            if not await webhook_store.delete_endpoint(work.connection, agency.id):
                raise _no_webhook()

    @router.get("/deliveries", response_model=None, responses=answers(DeliveryPage))
    async def list_deliveries(
        agency: CallingAgency,
        state: Literal["waiting", "delivered", "given_up"] | None = None,
        after: _Cursor = "0",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """What was or is to be delivered, oldest first; ``next``: the cursor to ask with.

        ``id`` is the ``webhook-id``. Kept for 30 days unless the operator says otherwise.
        """
        async with service.pool.acquire() as connection:
            rows = await find_deliveries(connection, agency.id, state, int(after), limit)
        return {
            "deliveries": [_delivery(row) for row in rows],
            "next": str(rows[-1]["sequence"]) if rows else after,
        }

    return router
