"""Rule 6 on every route of every service: whoever is not on a restricted household's list reads
nothing of it, whatever they ask for and however they sign in.

Each route is classified by what it may say. A route that is not in the table makes the test fail:
decide what it may say of a restricted household, and add it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest
from fastapi.routing import APIRoute

from contracts.links import HouseholdsLinkedV1
from services.agencies.app import create_service as agencies
from services.agencies.settings import AgenciesSettings
from services.alerts.__main__ import create_service as alerts
from services.alerts.settings import AlertsSettings
from services.duplication.__main__ import create_service as duplication
from services.duplication.settings import DuplicationSettings
from services.keyworkers.__main__ import create_service as keyworkers
from services.keyworkers.settings import KeyWorkersSettings
from services.operations.__main__ import create_service as operations
from services.operations.settings import OperationsSettings
from services.portal.app import create_service as portal
from services.portal.settings import PortalSettings
from tests.services.portal.serving import serve
from tests.services.portal.visitor import Visitor, signed_in
from tests.stack import TOKEN, Stack
from tests.system.refuge import AGENCY, PERSONAL, SARAH, Refuge, flee
from tests.system.town import Town


class May(StrEnum):
    """What a route may say to somebody who is not on the list."""

    SAY_NOTHING = "nothing of the household, nor who works with it, nor who assessed it"
    LIST_WORKERS = "who works in a place, and never with which restricted household"
    LIST_AGENCIES = "which agencies take part, and never which assessed a restricted household"
    ANSWER_ITS_AGENCY = "an agency's own, to that agency"
    STREAM = "as nothing, in server-sent events: see test_restricted_elsewhere"
    ASK_THE_LIST = "refused to whoever may not see the list"


N, W, A, OWN, S, L = (
    May.SAY_NOTHING,
    May.LIST_WORKERS,
    May.LIST_AGENCIES,
    May.ANSWER_ITS_AGENCY,
    May.STREAM,
    May.ASK_THE_LIST,
)
_EVERYWHERE = {
    "GET /health/answering": N,
    "GET /health/live": N,
    "GET /health/ready": N,
    "GET /health/status": N,
}
_SERVICE = _EVERYWHERE | {
    "GET /parked": N,
    "GET /parked/alike": N,
    "POST /parked/{parked_id}/retry": N,
    "POST /parked/{parked_id}/discard": N,
}
_DELIVERIES = {
    "GET /deliveries": N,
    "POST /deliveries/{delivery_id}/{decision}": N,
    "POST /deliveries/{decision}": N,
}
ROUTES: dict[str, dict[str, May]] = {
    "agencies": _SERVICE | _DELIVERIES | {
        "POST /v1/assessments": OWN,
        "GET /v1/assessments": OWN,
        "GET /v1/assessments/{assessment_id}": OWN,
        "GET /v1/outcomes": OWN,
        "GET /v1/rejections": OWN,
        "PUT /v1/webhook": OWN,
        "GET /v1/webhook": OWN,
        "DELETE /v1/webhook": OWN,
        "GET /v1/webhook/deliveries": OWN,
        "GET /internal/assessments": N,
        "POST /internal/assessments/find": N,
        "POST /internal/subject-access": L,
        "GET /internal/agencies": A,
        "POST /internal/looks": L,
        "GET /internal/erasures/{erasure_id}": L,
        "GET /internal/webhooks": A,
        "POST /internal/webhooks/{agency_id}/pause": A,
        "POST /internal/webhooks/{agency_id}/go-on": A,
        "GET /docs": A,
        "GET /docs/openapi.json": A,
        "GET /docs/asyncapi.json": A,
        "GET /docs/events": A,
    },
    "duplication": _SERVICE | {
        "GET /v1/erasures/{erasure_id}": L,
        "GET /v1/households": N,
        "GET /v1/households/{household_id}": N,
        "GET /v1/decisions/{assessment_id}": N,
        "POST /v1/resolutions": N,
        "GET /v1/reviews": N,
        "GET /v1/reviews/{review_id}": N,
        "POST /v1/reviews/{review_id}": N,
        "POST /v1/reviews/{review_id}/take": N,
        "POST /v1/reviews/{review_id}/give-back": N,
        "GET /v1/quality": A,
        "POST /v1/links": N,
        "POST /v1/separations": N,
        "DELETE /v1/links/{link_id}": N,
        "POST /v1/links/{link_id}/undo": N,
        "DELETE /v1/separations/{separation_id}": N,
        "POST /v1/separations/{separation_id}/undo": N,
        "GET /v1/households/{household_id}/changes": N,
        "GET /v1/households/{household_id}/people": N,
        "POST /v1/looks/find": L,
        "GET /v1/households/{household_id}/looks": L,
        "POST /v1/people/links": N,
        "POST /v1/people/separations": N,
        "DELETE /v1/people/links/{link_id}": N,
        "POST /v1/people/links/{link_id}/undo": N,
        "DELETE /v1/people/separations/{separation_id}": N,
        "POST /v1/people/separations/{separation_id}/undo": N,
        "POST /v1/subject-access": L,
        "POST /v1/subject-access/find": L,
        "POST /v1/subject-access/exports": L,
        "GET /v1/subject-access/exports": L,
    },
    "keyworkers": _SERVICE | {
        "GET /v1/keyworkers": W,
        "GET /v1/keyworkers/{key_worker_id}": W,
        "GET /v1/teams": W,
        "GET /v1/teams/{team_id}": W,
        "GET /v1/teams/{team_id}/engagements": W,
        "POST /v1/engagements/find": N,
        "POST /v1/sign-in": W,
        "GET /v1/households/{household_id}/engagement": N,
        "GET /v1/waiting-list": W,
        "POST /v1/engagements/{engagement_id}/close": N,
        "GET /v1/places": W,
        "GET /v1/places/{place_id}": W,
        "GET /v1/places/{place_id}/versions": N,
        "POST /v1/previews": N,
        "GET /v1/counts": N,
        "GET /v1/households/{household_id}/access": L,
        "GET /v1/households/{household_id}/access/history": L,
        "POST /v1/households/{household_id}/access": L,
        "POST /v1/households/{household_id}/access/{reader_id}/remove": L,
        "POST /v1/households/{household_id}/liftings": L,
        "POST /v1/households/{household_id}/liftings/{lifting_id}/agree": L,
        "POST /v1/households/{household_id}/liftings/{lifting_id}/decline": L,
        "POST /v1/households/{household_id}/restrict": L,
        "GET /v1/households/{household_id}/looks": L,
        "GET /v1/retention": L,
        "GET /v1/households/{household_id}/retention": L,
        "POST /v1/retention/holds": L,
        "POST /v1/retention/holds/{hold_id}/end": L,
        "GET /v1/erasures": L,
        "POST /v1/erasures": L,
        "GET /v1/erasures/{erasure_id}": L,
        "POST /v1/erasures/{erasure_id}/agree": L,
        "POST /v1/erasures/{erasure_id}/decline": L,
        "POST /v1/erasures/{erasure_id}/withdraw": L,
        "GET /v1/restricted": L,
        "GET /v1/restricted/{reference}": L,
        "GET /v1/assessments/{assessment_id}/restricted-household": L,
        "PUT /v1/engagements/{engagement_id}/intensity": N,
        "POST /v1/engagements/{engagement_id}/handovers": N,
        "GET /v1/households/{household_id}/handing-over": N,
        "POST /v1/handovers/{handover_id}/accept": N,
        "POST /v1/handovers/{handover_id}/decline": N,
        "POST /v1/handovers/{handover_id}/withdraw": N,
        "GET /v1/handovers": N,
        "GET /v1/keyworkers/{key_worker_id}/conflicts": W,
        "POST /v1/keyworkers/{key_worker_id}/conflicts/look": N,
        "POST /v1/keyworkers/{key_worker_id}/conflicts": N,
        "POST /v1/keyworkers/{key_worker_id}/conflicts/{household_id}/withdraw": N,
        "GET /v1/offers": N,
        "POST /v1/offers/{offer_id}/claim": N,
        "GET /v1/keyworkers/{key_worker_id}/leave": W,
        "POST /v1/keyworkers/{key_worker_id}/leave": W,
        "POST /v1/keyworkers/{key_worker_id}/leave/look": W,
        "POST /v1/leave/{leave_id}/end": W,
        "GET /v1/keyworkers/{key_worker_id}/replanning": W,
        "POST /v1/keyworkers/{key_worker_id}/replanning": N,
        "POST /v1/subject-access": L,
    },
    "alerts": _SERVICE | {
        "GET /v1/alerts": N,
        "GET /v1/alerts/stream": S,
        "GET /v1/alerts/{alert_id}": N,
        "POST /v1/alerts/{alert_id}/acknowledge": N,
        "GET /v1/counts": N,
        "GET /v1/recipients/{recipient_id}/messages": N,
        "GET /v1/message-choices": N,
        "GET /v1/recipients/{recipient_id}/preferences": N,
        "PUT /v1/recipients/{recipient_id}/preferences": N,
        "GET /v1/recipients/{recipient_id}/test-messages": N,
        "POST /v1/recipients/{recipient_id}/test-messages": N,
        "GET /v1/erasures/{erasure_id}": L,
        "POST /v1/subject-access": L,
    },
    "operations": _SERVICE | {
        "GET /v1/erasures/{erasure_id}": L,
        "POST /otlp/v1/traces": N,
        "GET /v1/journeys": N,
        "GET /v1/journeys/stream": S,
        "GET /v1/journeys/{journey_id}": N,
        "GET /v1/journeys/{journey_id}/trace": N,
        "GET /v1/ledger": N,
        "GET /v1/impact": N,
        "GET /v1/stalls": N,
        "GET /v1/flow": N,
        "GET /v1/latency": N,
    },
    # A form that is refused is its page again, so may say what that page may.
    "portal": _EVERYWHERE | {
        "GET /": N,
        "GET /sign-in": W,
        "POST /sign-in": W,
        "POST /sign-out": N,
        "GET /inbox": W,
        "GET /parts/inbox": N,
        "GET /events/inbox": S,
        "POST /inbox/alerts/{alert_id}/acknowledge": W,
        "POST /inbox/acknowledge": W,
        "GET /inbox/alerts/{alert_id}/hand-over": N,
        "POST /inbox/alerts/{alert_id}/hand-over": N,
        "GET /team": W,
        "POST /team/handovers/{handover_id}/{answer}": W,
        "POST /team/offers/{offer_id}/claim": W,
        "GET /team/members/{key_worker_id}/plan": W,
        "POST /team/members/{key_worker_id}/plan": W,
        "GET /you": N,
        "GET /you/messages": N,
        "GET /parts/test-messages": N,
        "POST /you/messages": N,
        "POST /you/messages/test": N,
        "GET /you/leave": W,
        "POST /you/leave/look": W,
        "POST /you/leave": W,
        "POST /you/leave/{leave_id}/end": W,
        "GET /team/members/{key_worker_id}/leave": W,
        "POST /team/members/{key_worker_id}/leave/look": W,
        "POST /team/members/{key_worker_id}/leave": W,
        "POST /team/members/{key_worker_id}/leave/{leave_id}/end": W,
        "GET /you/conflicts": N,
        "POST /you/conflicts/look": N,
        "POST /you/conflicts": N,
        "POST /you/conflicts/{household_id}/withdraw": N,
        "GET /team/members/{key_worker_id}/conflicts": W,
        "POST /team/members/{key_worker_id}/conflicts/look": W,
        "POST /team/members/{key_worker_id}/conflicts": W,
        "POST /team/members/{key_worker_id}/conflicts/{household_id}/withdraw": W,
        "GET /households/{household_id}": N,
        "GET /households/{household_id}/hand-over": N,
        "POST /households/{household_id}/hand-over": N,
        "POST /households/{household_id}/intensity": N,
        "GET /decisions/{assessment_id}": N,
        "GET /operations": A,
        "GET /parts/flow": N,
        "GET /parts/measures": N,
        "GET /parts/health": N,
        "GET /operations/impact": N,
        "GET /operations/parked/{service}/{parked_id}/discard": N,
        "POST /operations/parked/{service}/{parked_id}/{decision}": A,
        "GET /operations/deliveries": N,
        "POST /operations/deliveries/{service}/{decision}": N,
        "POST /operations/deliveries/{service}/{delivery_id}/{decision}": N,
        "GET /operations/webhooks": A,
        "POST /operations/webhooks/{agency_id}/{decision}": A,
        "GET /parts/journeys": N,
        "GET /events/journeys": S,
        "POST /operations/journeys": A,
        "GET /operations/journeys/{journey_id}": N,
        "GET /reviews/quality": A,
        "GET /reviews": N,
        "GET /reviews/{review_id}": N,
        "POST /reviews/{review_id}/{change}": N,
        "POST /reviews/{review_id}": N,
        "GET /links/{household_id}": N,
        "POST /links/{household_id}/look": N,
        "POST /links/{household_id}": N,
        "POST /links/{household_id}/{kind}/{change_id}/undo": N,
        "GET /links/{household_id}/people": N,
        "POST /links/{household_id}/people": N,
        "POST /links/{household_id}/people/look": N,
        "GET /place": W,
        "GET /restricted": L,
        "POST /who-may-know/find": L,
        "GET /who-may-know/of/{assessment_id}": L,
        "GET /who-may-know/{household_id}": L,
        "POST /who-may-know/{household_id}": L,
        "POST /who-may-know/{household_id}/enter": L,
        "POST /who-may-know/{household_id}/remove": L,
        "POST /who-may-know/{household_id}/liftings": L,
        "POST /who-may-know/{household_id}/liftings/{lifting_id}": L,
        "POST /who-may-know/{household_id}/restrict": L,
        "GET /retention": L,
        "POST /retention/find": L,
        "GET /retention/erasures": L,
        "GET /retention/erasures/{erasure_id}": L,
        "POST /retention/erasures/{erasure_id}": L,
        "GET /retention/{household_id}": L,
        "POST /retention/{household_id}/holds": L,
        "POST /retention/{household_id}/holds/{hold_id}/end": L,
        "POST /retention/{household_id}/erasures": L,
        "GET /who-looked": L,
        "POST /who-looked/find": L,
        "GET /who-looked/{household_id}": L,
        "GET /who-looked/{household_id}/looks.csv": L,
        "GET /who-looked/{household_id}/looks.json": L,
        "GET /subject-access": A,
        "POST /subject-access/find": A,
        "POST /subject-access/look": A,
        "POST /subject-access/export": A,
    },
}  # fmt: skip
_CREATED: dict[str, tuple[Any, Any]] = {
    "agencies": (agencies, AgenciesSettings),
    "duplication": (duplication, DuplicationSettings),
    "keyworkers": (keyworkers, KeyWorkersSettings),
    "alerts": (alerts, AlertsSettings),
    "operations": (operations, OperationsSettings),
    "portal": (portal, PortalSettings),
}


def _walk(routes: Any) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _walk(route.original_router.routes)


def routes_of(service: str, stack: Stack) -> set[str]:
    """Every method and path of a service, from its application."""
    create, settings = _CREATED[service]
    app = create(stack.settings(settings)).api
    return {f"{m} {r.path}" for r in _walk(app.routes) for m in r.methods or ()}


def _said(refuge: Refuge, contact: dict[str, Any], may: May) -> list[str]:
    """What an answer must not hold."""
    hidden = [*PERSONAL, "reads aloud"]
    if may is not May.LIST_AGENCIES:
        hidden += [AGENCY, "Greater Manchester Police"]
    if may in {May.SAY_NOTHING, May.STREAM, May.ASK_THE_LIST}:
        hidden += [refuge.their_worker, contact["name"], contact["email"]]
    return hidden


def _filled(path: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        path = path.replace("{" + name + "}", value)
    assert "{" not in path, f"{path}: say in this test what to ask for"
    return path


async def _values(refuge: Refuge) -> dict[str, str]:
    """Ids of the household and of everything that is about it."""
    rows = refuge.town.rows
    [engagement] = await rows(
        "select engagement_id, team_id, referral_id from keyworkers.engagement"
        " where household_id = $1 and ended_at is null",
        refuge.theirs,
    )
    [alert, *_] = await rows(
        "select id from alerts.alert where household_id = $1 order by raised_at", refuge.theirs
    )
    nobody = "01890000-0000-7000-8000-000000000000"
    return {
        "household_id": str(refuge.theirs),
        "assessment_id": str(refuge.by_police),
        "journey_id": str(refuge.by_police),
        "reference": str(refuge.theirs)[-12:],
        "engagement_id": str(engagement["engagement_id"]),
        "offer_id": str(engagement["referral_id"]),
        "team_id": engagement["team_id"],
        "key_worker_id": refuge.their_worker,
        "recipient_id": refuge.their_worker,
        "reader_id": refuge.their_worker,
        "erasure_id": nobody,
        "hold_id": nobody,
        "place_id": "greater-manchester",
        "alert_id": str(alert["id"]),
        "review_id": nobody,
        "handover_id": nobody,
        "link_id": nobody,
        "separation_id": nobody,
        "leave_id": nobody,
        "lifting_id": nobody,
        "agency_id": AGENCY,
        "delivery_id": nobody,
        "change_id": nobody,
        "parked_id": "1",
        "decision": "retry",
        "service": "agencies",
        "answer": "accept",
        "change": "take",
        "kind": "link",
    }


def _body(refuge: Refuge, path: str, service: str = "") -> dict[str, Any]:
    """A body with which a change, or a question, is about the household."""
    theirs, assessment = str(refuge.theirs), str(refuge.by_police)
    if "subject-access" in path and service:
        return _request_body(refuge, path, service)
    if path.endswith("/internal/looks"):
        return {"assessment_ids": [assessment]}
    if path.endswith("/v1/looks/find"):
        return {"id": theirs}
    if path.endswith(("/v1/links", "/people/links")):
        ids = [theirs, str(refuge.his)]
        return {"household_ids": ids, "person_ids": ids, "people": []}
    return {
        "household_id": theirs,
        "household_ids": [theirs],
        "assessment_ids": [assessment],
        "agency_id": AGENCY,
        "reference": "P-1",
        "person_id": theirs,
        "reader_id": "reviewer",
        "reason": "joint_work",
        "to_key_worker_id": refuge.his_worker,
        "digest": "",
        "verdict": "same",
        "first": "2027-01-04",
        "last": "2027-01-05",
        "answer": "acknowledged",
        "intensity": 1,
        "place_id": "greater-manchester",
        "says": [
            {
                "type": HouseholdsLinkedV1.TYPE,
                "event": {
                    "link_id": theirs,
                    "household_id": theirs,
                    "retired_household_id": str(refuge.his),
                    "cause": "officer",
                    "decided_at": "2026-03-02T10:00:00Z",
                },
            }
        ],
    }


def _request_body(refuge: Refuge, path: str, service: str) -> dict[str, Any]:
    """As a privacy officer would ask what is held about somebody of the household."""
    record = {"assessment_id": str(refuge.from_refuge), "position": 0}
    spell = {"household_id": str(refuge.theirs), "since": "2020-01-01T00:00:00Z"}
    ids = {"assessment_ids": [str(refuge.from_refuge)]}
    if path.endswith("/find"):
        return {key: SARAH[key] for key in ("given_name", "family_name", "date_of_birth")}
    if path.endswith("/exports"):
        return ids | {
            "export_id": "01890000-0000-7000-8000-000000000000",
            "person_id": str(refuge.sarah),
            "request": "SAR-1",
            "identity": "photo_document",
            "sha256": "00" * 32,
            "bytes": 1,
        }
    bodies: dict[str, dict[str, Any]] = {
        "agencies": {"records": [record]},
        "duplication": {"person_id": str(refuge.sarah)},
        "keyworkers": ids | {"place_id": "greater-manchester", "households": [spell]},
        "alerts": ids | {"household_ids": [str(refuge.theirs)]},
    }
    return bodies[service]


QUERIES = {
    "/internal/assessments": "?ids={assessment_id}",
    "/v1/households": "?ids={household_id}",
    "/v1/alerts": "?recipient={recipient_id}&state=all",
    "/v1/handovers": "?team_id={team_id}",
    "/v1/offers": "?team_id={team_id}",
}


@pytest.mark.parametrize("service", sorted(ROUTES))
def test_every_route_is_classified(service: str) -> None:
    stack = Stack("", "127.0.0.1:1", "test.", "postgresql://nobody@127.0.0.1/none")
    found = routes_of(service, stack)
    assert found - ROUTES[service].keys() == set(), (
        "say what these may say of a restricted household"
    )
    assert ROUTES[service].keys() - found == set(), "these are gone: take them out"


@pytest.mark.timeout(400)  # some hundreds of requests
async def test_rule_6_no_route_says_anything_to_who_is_not_on_the_list(town: Town) -> None:
    """Called as a colleague of the same team, the perpetrator's key worker, a reviewer, operations,
    another council's desk, and a service that says nothing of who it is for."""
    refuge = await flee(town)
    values = await _values(refuge)
    contact = await refuge.contact(refuge.their_worker)
    team = (await refuge.call("keyworkers", f"/v1/teams/{values['team_id']}", "test")).json()
    colleague = next(m["id"] for m in team["members"] if m["id"] != refuge.their_worker)
    leaks = []
    asked = 0
    for who in (colleague, refuge.his_worker, "reviewer", "operations", "rochdale", "service"):
        for service, routes in ROUTES.items():
            if service == "portal":
                continue
            for route, may in routes.items():
                method, path = route.split(" ")
                if may in {May.ANSWER_ITS_AGENCY, May.STREAM}:
                    continue
                filled = _filled(path + QUERIES.get(path, ""), values)
                body = None if method == "GET" else _body(refuge, path, service)
                answer = await refuge.call(service, filled, who, method, body)
                assert answer.status_code != 401, (route, answer.text)
                asked += 1
                text = answer.text
                if answer.status_code >= 500:
                    leaks.append((who, service, route, "answers", str(answer.status_code)))
                if may is May.ASK_THE_LIST and who != refuge.his_worker:
                    assert answer.status_code in {403, 404, 409, 422}, (who, route, text)
                if may is May.LIST_WORKERS and str(refuge.theirs) in text:
                    leaks.append((who, service, route, "whose", "the household"))
                leaks += [
                    (who, service, route, "says", hidden)
                    for hidden in _said(refuge, contact, may)
                    if hidden in text.replace(filled, "")
                ]
    assert not leaks, "\n".join(map(str, leaks))
    assert asked > 400


@pytest.mark.timeout(400)
async def test_rule_6_no_page_shows_anything_to_who_is_not_on_the_list(town: Town) -> None:
    refuge = await flee(town)
    values = await _values(refuge)
    contact = await refuge.contact(refuge.their_worker)
    team = (await refuge.call("keyworkers", f"/v1/teams/{values['team_id']}", "test")).json()
    colleague = next(m["id"] for m in team["members"] if m["id"] != refuge.their_worker)
    urls = {f"{name}_url": town.url(name) for name in ROUTES if name != "portal"}
    settings = PortalSettings(service_token=TOKEN, local=True, **urls)  # type: ignore[arg-type]
    with serve(portal(settings).api) as url:
        visitors = {
            who: signed_in(url, who)
            for who in (
                f"key_worker:{colleague}",
                f"key_worker:{refuge.his_worker}",
                f"team_lead:{values['team_id']}",
                "desk:rochdale",
                "reviewer",
                "operations",
                "privacy-officer",
            )
        }
        leaks = [
            leak
            for who, visitor in visitors.items()
            for leak in _visited(refuge, contact, values, who, visitor)
        ]
        assert not leaks, "\n".join(map(str, leaks))
        theirs = signed_in(url, f"key_worker:{refuge.their_worker}")
        page = theirs.get(f"/households/{refuge.theirs}").text
        for shown in ("Zephira", "Cedar House", "Ottoline reads aloud"):
            assert shown in page, "who is on the list sees it"


def _visited(
    refuge: Refuge, contact: dict[str, Any], values: dict[str, str], who: str, visitor: Visitor
) -> Iterator[tuple[str, ...]]:
    """What a visitor reads, page by page and form by form, that they may not."""
    for route, may in ROUTES["portal"].items():
        method, path = route.split(" ")
        if may is May.STREAM or path in {"/sign-in", "/sign-out"}:
            continue
        filled = _filled(path, values)
        if method == "GET":
            answer = visitor.get(filled)
        else:
            form = {k: v for k, v in _body(refuge, path).items() if isinstance(v, str)}
            answer = visitor.post(filled, form=form | {"other": str(refuge.theirs)})
        if answer.status_code >= 500:
            yield who, route, "answers", str(answer.status_code)
        hidden = _said(refuge, contact, may)
        is_lead = who.startswith("team_lead") or who == "privacy-officer"
        if is_lead:
            # A team's lead knows whose caseload it is, and may see, as an officer, who may know.
            hidden = [h for h in hidden if h not in {refuge.their_worker, contact["name"]}]
            hidden = [h for h in hidden if h != contact["email"]]
        for one in hidden:
            if one in answer.text:
                yield who, route, "shows", one
