"""A portal that runs, with stand-ins for the services behind it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from services.portal.app import create_service
from services.portal.settings import PortalSettings
from tests.services.portal import neighbourhood as n
from tests.services.portal.serving import serve
from tests.services.portal.stand_in import TOKEN, StandIn, create_stand_in


@dataclass
class Installation:
    """``url``: the portal's; ``behind``: what the services behind it would answer."""

    url: str
    behind: StandIn


def settings_for(behind: str, **changes: Any) -> PortalSettings:
    names = ("agencies", "duplication", "keyworkers", "alerts", "operations")
    urls = {f"{name}_url": f"{behind}/{name}" for name in names}
    options: dict[str, Any] = {"service_token": SecretStr(TOKEN), "local": True}
    return PortalSettings(**(options | urls | changes))


def fill(state: StandIn) -> None:
    """As every test finds the services behind: one alert, one journey, all well."""
    state.alerts = [n.alert("homes")]
    state.journeys = [n.journey("homes", 6)]
    state.down, state.calls, state.verdicts, state.parked, state.links = set(), [], [], [], []
    state.obstacles, state.parked_left = {}, 0
    state.taken_by = None
    state.leave, state.conflicts, state.asked = [], [], None
    state.liftings, state.restored, state.webhooks = [], False, []
    state.hidden_reviews, state.barred = [], []
    state.requests, state.copies, state.refuses_copies = [], [], False
    state.missing_records, state.asks_of_harm = False, False
    state.channels, state.preferences, state.tests = ["email", "sms"], {}, []
    state.handovers, state.offers, state.said, state.deliveries = [], [], [], []
    state.refuses, state.refuses_with = lambda _: False, 409
    state.has_retention, state.holds, state.erasures = True, [], []
    state.changes += 1


@contextlib.contextmanager
def install(**changes: Any) -> Iterator[Installation]:
    """A portal, and :func:`fill` behind it."""
    state = StandIn()
    fill(state)
    with (
        serve(create_stand_in(state)) as behind,
        serve(create_service(settings_for(behind, **changes)).api) as url,
    ):
        yield Installation(url, state)
