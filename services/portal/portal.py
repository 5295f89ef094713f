"""What every page is given: settings, access, the services behind, the templates, the time.

Templates escape everything they are given, and hold no styles or scripts of their own, as the
Content-Security-Policy demands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal import (
    words,
    words_looks,
    words_matching,
    words_request,
    words_retention,
    words_roles,
    words_times,
)
from services.portal.access import MAY_SEE, Access, Page, shown_to
from services.portal.forms import what_was_sent
from services.portal.lookups import NOT_SHOWN, RESTRICTED
from services.portal.session import Role, Visitor
from services.portal.settings import PortalSettings
from services.portal.sources import Caller, Sources

HERE = Path(__file__).parent
STATIC = HERE / "static"
NAV = {
    Page.INBOX: "Inbox",
    Page.TEAM: "Team",
    Page.REVIEWS: "Possible matches",
    Page.RESTRICTED: "Restricted",
    Page.WHO_LOOKED: "Who looked",
    Page.SUBJECT_ACCESS: "Requests",
    Page.RETENTION: "Retention",
    Page.OPERATIONS: "Operations",
    Page.YOU: "You",
}


@dataclass(frozen=True)
class Portal:
    """Renders pages. One per service."""

    settings: PortalSettings
    access: Access
    sources: Sources
    templates: Environment
    clock: Callable[[], datetime]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)

    def admit(self, request: Request, page: Page) -> Visitor:
        """The signed-in visitor, who may see ``page``."""
        return self.access.admit(request, page, self.clock())

    async def admit_change(self, request: Request, page: Page) -> Visitor:
        """The signed-in visitor, whose own form this is."""
        return await self.access.admit_change(request, page, self.clock())

    def session_seconds(self, request: Request) -> float:
        """How much longer the visitor's session lasts."""
        now = self.clock()
        session = self.access.session(request, now)
        return (session.expires - now).total_seconds() if session else 0.0

    def ask(self, visitor: Visitor, purpose: str) -> Caller:
        """Call the services behind on the visitor's behalf."""
        return self.sources.on_behalf_of(visitor, purpose)

    def render(
        self,
        request: Request,
        template: str,
        status: HTTPStatus = HTTPStatus.OK,
        **values: Any,
    ) -> HTMLResponse:
        """A page. Times in it are told as of now, in the settings' time zone. Where a form is shown
        again, its answer's status is the page's."""
        now, sent = self.clock(), what_was_sent(request)
        session = self.access.session(request, now)
        visitor = session.visitor if session else None
        pages = _in_nav(visitor.role) if visitor else ()
        html = self.templates.get_template(template).render(
            visitor=visitor,
            person=session.person if session else None,
            token=values.pop("token", None) or self.access.token(session),
            nav=[(page.value, NAV[page]) for page in pages],
            path=request.url.path,
            told=Told(now, self.zone),
            sent=sent,
            **values,
        )
        return HTMLResponse(html, status if status != HTTPStatus.OK else sent.status)


@dataclass(frozen=True, slots=True)
class Told:
    """Times in words, as a template asks for them."""

    now: datetime
    zone: ZoneInfo

    def due(self, moment: datetime) -> str:
        return words_times.due_in_words(moment, self.now, self.zone)

    def ago(self, moment: datetime) -> str:
        return words_times.ago_in_words(moment, self.now, self.zone)

    def at(self, moment: datetime) -> str:
        return words_times.moment_in_words(moment, self.now, self.zone)

    def stamp(self) -> str:
        """Now, so that it is still true on paper."""
        local = self.now.astimezone(self.zone)
        return f"{words_times.day(local.date())} at {words_times.clock(self.now, self.zone)}"

    def date(self, moment: datetime) -> str:
        """As a form's field of a day takes it: ``2026-03-09``."""
        return moment.astimezone(self.zone).date().isoformat()

    def day(self, moment: datetime) -> str:
        return words_times.day(moment.astimezone(self.zone).date())


def create_templates() -> Environment:
    """The templates, with Kith's words as filters."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "label": words.label,
        "field_label": words_matching.field_label,
        "reached": lambda stages: {stage.name: stage.after_ms for stage in stages},
        "stage": words.stage_label,
        "bits": words_matching.bits,
        "born": words_times.born_in_words,
        "born_as": "born {}".format,
        "sentence": words.sentence,
        "level": words_matching.level_label,
        "guard": words_matching.guard_label,
        "rule": words_matching.rule_label,
        "headline": words.alert_headline,
        "change": words.change_in_words,
        "reason_to": words.reason_to_them,
        "evidence": words_matching.evidence_in_words,
        "link_cause": words.link_cause,
        "span": words_times.span,
        "short_span": words_times.short_span,
        "listed": words.listed,
        "counted": words.count,
        "need": lambda value: words.NEEDS.get(value) or words.label(value),
        "harm": lambda value: words.HARMS.get(value) or words.label(value),
        "relationship": lambda value: words.RELATIONSHIPS.get(value) or "",
        "knows_because": lambda value: words.KNOWS_BECAUSE.get(value) or words.label(value),
        "access_reason": lambda value: words.ACCESS_REASONS.get(value) or words.label(value),
        "intensity_reason": lambda value: words.INTENSITY_REASONS.get(value) or words.label(value),
        "load": words.load,
        "load_of": words.load_of,
        "address": words.address_in_words,
        "time_of_day": words_times.time_of_day,
        "looked_at": words_looks.looked_at,
        "look_purpose": words_looks.look_purpose,
        "lifting_reason": lambda value: words.LIFTING_REASONS.get(value) or words.label(value),
        "lifting_answer": lambda value: words.LIFTING_ANSWERS.get(value) or words.label(value),
        "hold_reason": lambda value: words_request.told(words_retention.HOLD_REASONS, value),
        "erasure_reason": lambda value: words_request.told(words_retention.ERASURE_REASONS, value),
        "kept_because": lambda value: words_request.told(words_retention.KEPT_BECAUSE, value),
        "refused_because": lambda value: words_request.told(words_retention.REFUSALS, value),
        "came": lambda value: words_request.told(words_retention.CAME, value),
        "rows_of": lambda value: words_request.told(words_retention.ROWS, value),
        "restriction": lambda value: words.RESTRICTIONS.get(value) or words.label(value),
        "day": words_times.day,
        "identity_checked": lambda value: words_request.told(words_request.IDENTITIES, value),
        "left_out_because": lambda value: words_request.told(words_request.LEFT_OUT, value),
        "scheme_label": lambda value: words.sentence(
            words_request.told(words_request.SCHEMES, value)
        ),
        "weekday": lambda value: words.WEEKDAYS.get(value) or words.label(value),
        "channel": lambda value: words.CHANNELS.get(value) or words.label(value),
        "shown_to": shown_to,
        "role_of": words_roles.role_of,
        "role_does": words_roles.DOES.__getitem__,
        "severity": lambda value: words.SEVERITIES.get(value) or words.label(value),
    }
    templates.tests["restricted_name"] = {RESTRICTED, NOT_SHOWN}.__contains__
    templates.globals["asset"] = _asset_addresses().__getitem__
    return templates


def _in_nav(role: Role) -> list[Page]:
    """A lead comes to what waits for their answer from the restricted households."""
    hidden = {Page.RETENTION} if role is Role.TEAM_LEAD else set()
    return [page for page in MAY_SEE[role] if page in NAV and page not in hidden]


def redirect(to: str) -> Response:
    """See the page at ``to`` (after a POST)."""
    return RedirectResponse(to, HTTPStatus.SEE_OTHER)


def _asset_addresses() -> dict[str, str]:
    """Each static file's address, which changes with its content so that it may be cached."""
    return {
        file.name: f"/static/{file.name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
        for file in STATIC.iterdir()
    }
