"""The services behind the pages: called on a visitor's behalf, with the purpose stated.

A service that fails is an :class:`Unavailable` that says so in words. :func:`settle` turns it
into a :class:`Part` of a page, so that the other parts still show.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from services.kit.outward import certificates
from services.portal.session import Visitor
from services.portal.settings import PortalSettings

LOG = logging.getLogger(__name__)
T = TypeVar("T")
Parameters = Mapping[str, str | int | Sequence[str]]

SERVICES: dict[str, str] = {
    "agencies": "What agencies recorded",
    "duplication": "Who is in which household",
    "keyworkers": "Who is the key worker of whom",
    "alerts": "Alerts",
    "operations": "Journeys and counts",
}
"""Each service behind, and what a page lacks without it."""


class Unavailable(Exception):
    """A service did not answer, or answered what cannot be read."""

    def __init__(self, service: str) -> None:
        super().__init__(
            f"{SERVICES[service]} cannot be shown: the service “{service}” does not answer. "
            "Load the page again in a minute; if it stays so, tell the operations team."
        )
        self.service = service


class Refused(Exception):
    """A service said no. ``detail``: its reason, in words."""

    def __init__(self, service: str, status: int, detail: str) -> None:
        super().__init__(detail)
        self.service = service
        self.status = status


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One part of a page. ``missing``: the sentence to show where it could not be had."""

    value: T
    missing: str | None = None


async def settle(asking: Awaitable[T], without: T) -> Part[T]:
    """What was asked for; or, if the service fails, ``without`` and why."""
    try:
        return Part(await asking)
    except Unavailable as error:
        return Part(without, str(error))
    except Refused as error:
        return Part(without, None if error.status == 404 else str(error))


class Sources:
    """HTTP clients of the services behind. Open between the service's start and stop."""

    def __init__(self, settings: PortalSettings) -> None:
        self._settings = settings
        self._urls = {name: str(getattr(settings, f"{name}_url")).rstrip("/") for name in SERVICES}
        self._client: httpx.AsyncClient

    async def open(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=self._settings.source_timeout_seconds,
            limits=httpx.Limits(max_connections=500, max_keepalive_connections=50),
            headers={"Authorization": f"Bearer {self._settings.service_token.get_secret_value()}"},
            trust_env=False,
            verify=certificates(),
        )

    async def close(self) -> None:
        await self._client.aclose()

    def on_behalf_of(self, visitor: Visitor, purpose: str) -> Caller:
        """A caller that tells every service who looks, and why."""
        headers = {"Kith-Actor": visitor.id, "Kith-Purpose": purpose}
        if visitor.person_id not in {"", visitor.id}:
            headers["Kith-Person"] = visitor.person_id
        return Caller(self._client, self._urls, headers)


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls services on one visitor's behalf, for one purpose."""

    client: httpx.AsyncClient
    urls: dict[str, str]
    headers: dict[str, str]

    async def read(
        self, shape: type[T], service: str, path: str, parameters: Parameters | None = None
    ) -> T:
        """The answer to a GET, as ``shape``. Raises :class:`Unavailable` or :class:`Refused`."""
        return self._as(shape, service, await self._send("GET", service, path, parameters))

    async def ask(
        self,
        shape: type[T],
        service: str,
        path: str,
        body: Mapping[str, Any],
        parameters: Parameters | None = None,
    ) -> T:
        """The answer to a question that must not be in an address. Raises as :meth:`read`."""
        answer = await self._send("POST", service, path, parameters, body)
        return self._as(shape, service, answer)

    def _as(self, shape: type[T], service: str, response: httpx.Response) -> T:
        try:
            return TypeAdapter(shape).validate_python(response.json())
        except (ValidationError, ValueError) as error:
            where = _fields(error)
            LOG.warning("%s answered what the portal cannot read, at %s", service, where)
            raise Unavailable(service) from None

    async def change(self, service: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        """POST. Raises :class:`Unavailable` or :class:`Refused`."""
        await self._send("POST", service, path, body=body or {})

    async def put(
        self, service: str, path: str, body: Mapping[str, Any], parameters: Parameters
    ) -> None:
        """PUT. Raises :class:`Unavailable` or :class:`Refused`."""
        await self._send("PUT", service, path, parameters, body)

    @asynccontextmanager
    async def stream(
        self, service: str, path: str, parameters: Parameters, last_event_id: str | None
    ) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of a service's event stream. Raises :class:`Unavailable`."""
        headers = self.headers | {"Accept": "text/event-stream"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        try:
            async with self.client.stream(
                "GET",
                self.urls[service] + path,
                params=dict(parameters),
                headers=headers,
                timeout=httpx.Timeout(5.0, read=None),
            ) as response:
                if response.status_code != 200:
                    raise Unavailable(service)
                yield response.aiter_lines()
        except httpx.HTTPError:
            raise Unavailable(service) from None

    async def _send(
        self,
        method: str,
        service: str,
        path: str,
        parameters: Parameters | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        try:
            response = await self.client.request(
                method,
                self.urls[service] + path,
                params=dict(parameters or {}),
                json=body,
                headers=self.headers,
            )
        except httpx.HTTPError as error:
            LOG.warning("%s does not answer: %s", service, type(error).__name__)
            raise Unavailable(service) from None
        if response.status_code >= 500 or response.status_code in {401, 429}:
            LOG.warning("%s answered %d", service, response.status_code)
            raise Unavailable(service)
        if response.status_code >= 400:
            raise Refused(service, response.status_code, _detail(response))
        return response


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return "The service behind this page refused."


def _fields(error: ValidationError | ValueError) -> str:
    if not isinstance(error, ValidationError):
        return "the body"
    return ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors()[:3])
