"""Households, decisions, reviews and links, as duplication would answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request

from tests.services.portal import neighbourhood as n

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn


_WEIGHTS = {"-10": 3, "-5": 4, "10": 90, "15": 700, "5": 8, "none": 20}
"""Decisions by weight, in the order in which PostgreSQL sorts words."""


def duplication_routes(app: FastAPI, state: StandIn) -> None:
    restricted = {"restricted": True, "restrictions": ["domestic_abuse"]}
    households = {
        n.GREEN: n.household(n.GREEN, "Green"),
        n.SHAH: n.household(n.SHAH, "Shah", members=[], assessment_ids=[]),
        n.HIDDEN: n.household(n.HIDDEN, None, **restricted),
    }
    review = {
        "id": n.REVIEW,
        "assessment_id": n.an_id("assessment police"),
        "place_id": "greater-manchester",
        "household_id": n.an_id("provisional"),
        "candidates": [],
        "rule": "likeliest",
        "weight": 4.2,
        "urgency": "urgent",
        "restricted": False,
        "asked_at": n.ago(minutes=30),
        "due_at": n.soon(hours=2),
        "verdict": None,
    }

    @app.get("/duplication/v1/households")
    async def label_households(ids: str) -> Any:
        known = [households[i] for i in ids.split(",") if i in households]
        named = [{k: h[k] for k in ("id", "label", "restricted")} for h in known]
        bare = {"label": None, "hidden": True}
        return [one | bare if one["id"] in state.barred else one for one in named]

    @app.get("/duplication/v1/households/{id_}")
    async def read_household(id_: str, request: Request) -> Any:
        if id_ not in households:
            raise HTTPException(404, "There is no such household.")
        found = households[id_]
        if found["restricted"] and request.headers["kith-actor"] != n.MORAG:
            bare: dict[str, Any] = {
                "members": [],
                "address": None,
                "assessment_ids": [],
                "restrictions": [],
            }
            return found | bare | {"hidden": True, "call": n.DESK}
        return found

    @app.get("/duplication/v1/decisions/{id_}")
    async def read_decision(id_: str) -> Any:
        if id_ == n.an_id("assessment school"):
            against = [{"field": "family", "level": "differs", "weight": -4.6}]
            new = {"decision": "new", "rule": "nobody", "weight": -3.8, "fields": against}
            return new | {"assessment_id": id_}
        shares = n.STRONGEST["fields"]
        fields = [
            {"field": s["comparison"], "level": s["level"], "weight": s["weight"]} for s in shares
        ]
        decision = {"decision": "matched", "rule": "likeliest", "weight": 17.4}
        likely = n.STRONGEST | {"prior": -11.0, "guards": ["generations"]}
        person = {"new": False, "candidates": 3, "best": likely, "runner_up": likely}
        detail: dict[str, Any] = {"thresholds": {"link": 6.0, "review": 2.0}, "people": [person]}
        detail["thresholds"] |= {"within": 1.0, "margin": 3.0}
        again = {"rule": "nobody_known", "weight": -3.0, "model_version": "2027-01"}
        again |= {"decided_at": n.ago(days=1), "detail": detail}
        shown = {"fields": fields, "detail": detail, "household_id": n.GREEN}
        shown |= {"again": [again]}
        return decision | shown | {"assessment_id": id_, "model_version": "2026-11"}

    @app.get("/duplication/v1/reviews")
    async def list_reviews() -> Any:
        hidden = review | {"hidden": True, "rule": "hidden", "weight": None, "restricted": True}
        others = [hidden | {"id": id_} for id_ in state.hidden_reviews]
        return others if state.verdicts else [*others, review | {"taken_by": state.taken_by}]

    @app.post("/duplication/v1/reviews/{id_}/{change}")
    async def take_review(request: Request, change: str) -> Any:
        state.taken_by = request.headers["kith-actor"] if change == "take" else None
        return {"review_id": n.REVIEW, "taken_by": state.taken_by}

    def changed(kind: str, body: dict[str, Any], preview: bool) -> dict[str, Any]:
        link = kind == "links"
        ids = body["household_ids"] if link else (body["household_id"], n.SHAH)
        if ids[1] not in households:
            raise HTTPException(404, "There is no such household.")
        change = {"id": body["id"], "kind": "link" if link else "separation", "cause": "officer"}
        change |= {
            "household_id": ids[0],
            "other_household_id": ids[1],
            "decided_at": n.ago(days=1),
        }
        change["assessment_ids"] = body.get("assessment_ids", [n.an_id("assessment school")])
        change["cannot_links"] = [] if link else [[ids[0], ids[1]]]
        if not preview:
            state.links.append(change | {"body": body})
            return change
        return change | n.SAYS

    @app.post("/duplication/v1/links")
    async def link(body: dict[str, Any], preview: bool = False) -> Any:
        return changed("links", body, preview)

    @app.post("/duplication/v1/separations")
    async def separate(body: dict[str, Any], preview: bool = False) -> Any:
        return changed("separations", body, preview)

    @app.get("/duplication/v1/households/{id_}/people")
    async def list_people(id_: str) -> Any:
        return [n.seen(m["name"], m["born"]) for m in households[id_]["members"]] or [
            n.seen("Priya Shah", "2016-09-04")
        ]

    def of_people(kind: str, body: dict[str, Any], preview: bool) -> dict[str, Any]:
        change = {"id": body["id"], "kind": kind, "household_id": n.GREEN, "cause": "officer"}
        change |= {"other_household_id": n.GREEN, "person_id": n.an_id("one")}
        change |= {"other_person_id": n.an_id("two"), "decided_at": n.ago(days=1)}
        change["assessment_ids"] = body.get("assessment_ids", [n.an_id("assessment homes")])
        change["cannot_links"] = [] if kind == "people_link" else [[n.GREEN, n.SHAH]]
        if not preview:
            state.links.append(change | {"body": body})
        return change

    @app.post("/duplication/v1/people/links")
    async def link_people(body: dict[str, Any], preview: bool = False) -> Any:
        return of_people("people_link", body, preview)

    @app.post("/duplication/v1/people/separations")
    async def separate_people(body: dict[str, Any], preview: bool = False) -> Any:
        return of_people("people_separation", body, preview)

    @app.post("/duplication/v1/people/{kind}/{id_}/undo")
    async def undo_people(kind: str, id_: str, preview: bool = False) -> Any:
        found = await undo(kind, id_, preview)
        kind = "people_separation" if kind == "links" else "people_link"
        return found | {"kind": kind, "cannot_links": [[n.GREEN, n.SHAH]]}

    @app.get("/duplication/v1/households/{id_}/changes")
    async def list_changes(id_: str) -> Any:
        return [c for c in state.links if c["household_id"] == id_]

    @app.post("/duplication/v1/{kind}/{id_}/undo")
    async def undo(kind: str, id_: str, preview: bool = False) -> Any:
        found = next((c for c in state.links if c["id"] == id_), None)
        if found is None:
            raise HTTPException(404, "There is no such change.")
        if not preview:
            found["undone_by"] = n.an_id("undo")
        kind = "separation" if kind == "links" else "link"
        return found | {"id": n.an_id("undo"), "undoes": id_, "kind": kind} | n.SAYS

    @app.get("/duplication/v1/quality")
    async def read_quality() -> Any:
        counts: dict[str, Any] = {"decisions": 1284, "outcomes": {"matched": 861}}
        counts["verdicts"] = {"same": 31}
        counts |= {"reviews_open": 18, "not_this_household": 2, "weights": _WEIGHTS}
        steps = [{"weight": -5, "same": 1, "different": 4}, {"weight": 0, "same": 30}]
        counts["agreement"] = {"agreed": 34, "differed": 1, "cannot_tell": 2, "share": 0.9714}
        counts["agreement"] |= {"by_weight": steps}
        counts["agreement"]["recent"] = {"share": 0.61, "of_all": 41, "drifted": True}
        counts["agreement"]["recent"] |= {"share_before": 0.94, "of_all_before": 122}
        counts["proposed_links"] = {"agreed": 5, "differed": 3}
        seen: dict[str, Any] = {
            "share": 0.52,
            "of_all": 240,
            "share_before": 0.91,
            "of_all_before": 1030,
        }
        fields = [
            {"agency_id": "wigan-homes", "field": "date_of_birth", "drifted": True} | seen,
            {"agency_id": "wigan-homes", "field": "postcode"} | seen | {"share": 0.9},
            {"agency_id": "new-agency", "field": "phones", "share": 0.4, "of_all": 5},
        ]
        counts |= {"completeness": fields, "drift_rule": "Drifted: the share moved."}
        return counts | {"not_this_household_per_thousand": 2.3}

    @app.get("/duplication/v1/reviews/{id_}")
    async def read_review(id_: str) -> Any:
        sent = {"given_name": "Karin", "family_name": "Green", "date_of_birth": "1988-04-XX"}
        left = {"household_id": n.an_id("provisional"), "people": [sent], "address": None}
        right = {"household_id": n.GREEN, "label": "Green", "address": "14 Millfield Road"}
        right |= {"people": households[n.GREEN]["members"]}
        kind = "link" if id_ in (n.LINK_REVIEW, n.STRANGERS_REVIEW) else "match"
        sides = {"left": left, "right": [right], "detail": n.PEOPLE_DETAIL}
        sides["since"] = n.SINCE if kind == "match" else []
        why = "one_home" if id_ == n.STRANGERS_REVIEW else None
        taken = {"taken_by": state.taken_by}
        return review | {"id": id_, "kind": kind, "why": why} | sides | taken

    @app.post("/duplication/v1/reviews/{id_}")
    async def give_verdict(id_: str, body: dict[str, Any], preview: bool = False) -> Any:
        given = {"review_id": id_, "verdict": body["verdict"], "household_id": n.GREEN}
        if not preview:
            state.verdicts.append(body)
            return given
        says = [{"type": "reviewed", "event": {"verdict": body["verdict"]}}]
        return given | {"place_id": "greater-manchester", "people_linked": 1, "says": says}
