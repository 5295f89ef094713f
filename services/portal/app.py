"""How the portal is put together."""

from __future__ import annotations

import time
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from services.kit.app import Service, utc_now
from services.portal import (
    conflicts,
    decisions,
    deliveries,
    handing_over,
    households,
    impact,
    inbox,
    journeys,
    leave,
    links,
    messages,
    operations,
    parked,
    people,
    place,
    quality,
    restricted,
    retention,
    reviews,
    sign_in,
    sign_in_directory,
    subject_access,
    team,
    webhooks,
    who_looked,
    you,
)
from services.portal.access import Access, Forbidden, SignInNeeded
from services.portal.addresses import sign_in_for
from services.portal.hardening import Hardening
from services.portal.portal import STATIC, Portal, create_templates, redirect
from services.portal.provider import Provider
from services.portal.settings import PortalSettings
from services.portal.sources import Refused, Sources, Unavailable
from services.portal.standing import Standing, StillHere, ask_who

_NO_PAGE = "No page has this address. Start again from your first page."
_PAGES = (
    sign_in,
    inbox,
    handing_over,
    team,
    you,
    messages,
    leave,
    conflicts,
    households,
    decisions,
    operations,
    place,
    impact,
    parked,
    deliveries,
    webhooks,
    journeys,
    quality,
    reviews,
    people,
    links,
    restricted,
    retention,
    who_looked,
    subject_access,
)


def create_service(settings: PortalSettings, **options: Any) -> Service:
    """The portal as a service. ``options``: the service's own, such as ``clock``."""
    service = Service("portal", settings, has_database=False, **options)
    sources = Sources(settings)
    service.on_start(sources.open)
    service.on_stop(sources.close)
    portal = Portal(
        settings,
        Access.of(settings),
        sources,
        create_templates(),
        options.get("clock", utc_now),
    )
    api = service.api
    hosts = frozenset(name.strip().lower() for name in settings.portal_hosts.split(","))
    if settings.oidc_issuer is not None:
        _sign_in_at_the_organisations(service, portal)
    api.add_middleware(Hardening, hosts=hosts, secure=settings.secure)
    for module in _PAGES:
        api.include_router(module.create_router(portal))
    api.mount("/static", _Cached(directory=STATIC), name="static")
    _explain_errors(api, portal)
    return service


def _sign_in_at_the_organisations(service: Service, portal: Portal) -> None:
    provider = Provider(portal.settings)
    service.on_start(provider.open)
    service.on_stop(provider.close)
    standing = Standing(
        partial(ask_who, portal),
        portal.settings.standing_seconds,
        portal.settings.standing_grace_seconds,
        time.monotonic,
    )
    service.api.include_router(sign_in_directory.create_router(portal, provider, standing))
    service.api.add_middleware(StillHere, portal=portal, standing=standing)


class _Cached(StaticFiles):
    """Kith's own files. Their addresses change with their content, so they may be kept."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _explain_errors(api: FastAPI, portal: Portal) -> None:
    """Every error is a page that says what is wrong and what to do."""

    def page(request: Request, status: HTTPStatus, title: str, detail: str) -> Response:
        back = sign_in.came_from(request) if request.method == "POST" else None
        return portal.render(request, "problem.html", status, title=title, detail=detail, back=back)

    async def on_sign_in_needed(request: Request, _: Exception) -> Response:
        if request.url.path.startswith(("/events/", "/parts/")):
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        if request.method not in {"GET", "HEAD"}:
            detail = "Your session is over, so nothing was changed. Sign in, and do it again."
            return page(request, HTTPStatus.UNAUTHORIZED, "You are signed out", detail)
        if portal.access.comes_from_elsewhere(request):
            return portal.render(request, "arriving.html")
        session = portal.access.session(request, portal.clock())
        chooses = session is not None and session.person is not None and session.visitor is None
        return redirect(sign_in_for(request.url.path, chooses=chooses))

    async def on_forbidden(request: Request, error: Exception) -> Response:
        return page(request, HTTPStatus.FORBIDDEN, "This was not allowed", str(error))

    async def on_unavailable(request: Request, error: Exception) -> Response:
        return page(request, HTTPStatus.BAD_GATEWAY, "This cannot be shown now", str(error))

    async def on_refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        if error.status == HTTPStatus.NOT_FOUND:
            return page(request, HTTPStatus.NOT_FOUND, "There is nothing here", str(error))
        if error.status == HTTPStatus.GONE:
            return page(request, HTTPStatus.GONE, "This was erased", str(error))
        return page(request, HTTPStatus.CONFLICT, "This could not be done", str(error))

    async def on_invalid(request: Request, _: Exception) -> Response:
        if request.method in {"GET", "HEAD"}:
            return page(request, HTTPStatus.NOT_FOUND, "There is nothing here", _NO_PAGE)
        detail = "The form was not complete, so nothing was changed. Go back and load it again."
        return page(request, HTTPStatus.BAD_REQUEST, "This could not be done", detail)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        if status == HTTPStatus.NOT_FOUND:
            return page(request, status, "There is nothing here", _NO_PAGE)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            detail = "This page shows what follows from a form: go back to the form, and send it."
            return page(request, status, "There is nothing here", detail)
        return page(request, status, status.phrase, str(error.detail))

    async def on_error(request: Request, _: Exception) -> Response:
        detail = "Kith failed. Go back and try again; if it stays so, tell the operations team."
        return page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong", detail)

    api.add_exception_handler(SignInNeeded, on_sign_in_needed)
    api.add_exception_handler(Forbidden, on_forbidden)
    api.add_exception_handler(Unavailable, on_unavailable)
    api.add_exception_handler(Refused, on_refused)
    api.add_exception_handler(RequestValidationError, on_invalid)
    api.add_exception_handler(HTTPException, on_http)
    api.add_exception_handler(Exception, on_error)
