"""The copy for the person, as one document: for machines, and what the page is made of. Pure.

Invariant: it is made of what is about the person and of what an officer left in, and of nothing
else that was gathered. Whatever was left out, it says so in one sentence that is always the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.portal import words
from services.portal import words_request as said
from services.portal.answers_request import (
    Kept,
    Looks,
    Matched,
    Sent,
    Walked,
    Worker,
)
from services.portal.request_assessment import assessment, moment, same, where_of
from services.portal.request_gathering import Gathered
from services.portal.request_pieces import pieces_of

FORMAT = "kith-subject-access-1"


@dataclass(frozen=True, slots=True)
class Request:
    """What a request is called, how it was checked who asks, and when the copy is made."""

    reference: str
    identity: str
    made_at: datetime


def document(gathered: Gathered, request: Request, kept: Collection[str]) -> dict[str, Any]:
    """The copy. ``kept``: the pieces that an officer left in."""
    matched, sent, own, alerts = gathered.matched, gathered.sent, gathered.kept, gathered.alerts
    if sent is None or own is None or alerts is None:
        raise ValueError("there is no record of the person that a copy may cover")
    withheld = _reached_by(sent, kept)
    elsewhere = frozenset(
        piece.subject_id for piece in pieces_of(gathered) if piece.field == "where"
    ) - {id_.partition("/")[0] for id_ in kept if id_.endswith("/where")}
    decided = {one.assessment_id: one for one in matched.decisions}
    became = {one.assessment_id: one for one in own.routes}
    return {
        "format": FORMAT,
        "request": request.reference,
        "made_at": moment(request.made_at),
        "identity_checked": said.told(said.IDENTITIES, request.identity),
        "place": own.place_name,
        "ask": _contact(own.office),
        "how_long_it_is_kept": said.kept_for(own.retention),
        "you": {
            "name": matched.name,
            "date_of_birth": matched.born,
            "kith_id": matched.person_id,
            "earlier_kith_ids": list(matched.retired_ids),
        },
        "assessments": [
            assessment(
                one,
                kept,
                withheld,
                None if one.assessment_id in elsewhere else where_of(one, kept),
                decided.get(one.assessment_id),
                became.get(one.assessment_id),
                [a for a in alerts.alerts if a.assessment_id == one.assessment_id],
            )
            for one in sent.assessments
        ],
        "households": [
            {"kith_id": s.household_id, "since": moment(s.since), "until": moment(s.until)}
            for s in matched.households
        ],
        "key_workers": [_engagement(one, kept) for one in own.engagements],
        "handovers": [
            {
                "at": moment(one.at),
                "from": _worker(one.from_key_worker),
                "to": _worker(one.to_key_worker),
                "because": words.change_in_words(one.reason) if one.reason else None,
            }
            for one in own.handovers
        ],
        "referrals": [
            {
                "assessment": one.assessment_id,
                "opened_at": moment(one.opened_at),
                "team": one.team_name,
                "again_within_a_year": one.re_referral,
                "key_worker_found_at": moment(one.assigned_at),
                "closed_at": moment(one.closed_at),
            }
            for one in own.referrals
        ],
        "recognised_by": {
            said.told(said.FIELDS, field): shown
            for field, values in matched.matched_by.items()
            if (
                shown := [
                    value
                    for value in values
                    if same(value) not in withheld and value not in _homes(matched, elsewhere)
                ]
            )
        },
        "said_by_people": _changes(matched),
        "looked_at": _looks(matched, sent, own),
    }


def _reached_by(sent: Sent, kept: Collection[str]) -> frozenset[str]:
    """Telephone numbers and email addresses that are somebody else's too, and were left out: they
    are left out wherever else they stand."""
    found = {True: set[str](), False: set[str]()}
    for one in sent.assessments:
        for given in one.words:
            if given.piece.partition(".")[0] in {"phones", "emails"}:
                found[f"{one.assessment_id}/{given.piece}" in kept].add(same(given.text))
    return frozenset(found[False] - found[True])


def _homes(matched: Matched, elsewhere: Collection[str]) -> frozenset[str]:
    """Addresses of these assessments, as matching keeps them, and of no others."""
    homes = {True: set[str](), False: set[str]()}
    for record in matched.records:
        homes[record.assessment_id in elsewhere].update(record.homes)
    return frozenset(homes[True] - homes[False])


def _engagement(one: Walked, kept: Collection[str]) -> dict[str, Any]:
    ended = f"{one.engagement_id}/end_reason" in kept
    return {
        "who": _worker(one.key_worker),
        "team": one.team_name,
        "since": moment(one.since),
        "until": moment(one.ended_at),
        "chosen_because": list(one.reasons),
        "ended_because": one.end_reason if ended else None,
    }


def _worker(worker: Worker) -> dict[str, Any]:
    return {"name": worker.name} | (_contact(worker.contact) or {})


def _contact(contact: Any) -> dict[str, Any] | None:
    if contact is None:
        return None
    found = {name: getattr(contact, name) for name in ("name", "role", "phone", "email")}
    return {name: value for name, value in found.items() if value}


def _changes(matched: Matched) -> list[dict[str, Any]]:
    return [
        {
            "at": moment(one.decided_at),
            "what": "What was said before was taken back."
            if one.takes_back
            else said.told(said.CHANGES, one.kind),
            "why": said.told(said.CAUSES, one.cause),
            "by_a_person": one.by_a_person,
        }
        for one in matched.changes
    ]


def _looks(matched: Matched, sent: Sent, own: Kept) -> list[dict[str, Any]]:
    """How often it was looked at, for what: of all services together."""
    by_purpose: dict[str, list[Looks]] = {}
    for one in (*matched.looks, *sent.looks, *own.looks):
        by_purpose.setdefault(said.LOOKS.get(one.purpose, ""), []).append(one)
    return [
        {
            "what": purpose or "a practitioner or Kith’s own services looked",
            "times": sum(one.looks for one in looks),
            "first_at": moment(min(one.first_at for one in looks)),
            "last_at": moment(max(one.last_at for one in looks)),
        }
        for purpose, looks in by_purpose.items()
    ]


def recipients(copy: Mapping[str, Any]) -> list[str]:
    """Everybody who was told, each once: agencies, practitioners, and who walked beside them."""
    found = {one["from"]: one["from"] for one in copy["assessments"] if one["the_agency_was_told"]}
    for one in copy["key_workers"]:
        found.setdefault(one["who"]["name"], f"{one['who']['name']}, {one['team']}")
    for one in copy["assessments"]:
        for told in (told for alert in one["people_were_told"] for told in alert["told"]):
            named = told["who"] != told["as"]
            found.setdefault(told["who"], f"{told['who']}, {told['as']}" if named else told["who"])
    return [words.sentence(one) for one in found.values()]
