"""The copy for the person, as one document: for machines, and what the page is made of. Pure.

Invariant: it is made of what is about the person and of what an officer left in, and of nothing
else that was gathered. Whatever was left out, it says so in one sentence that is always the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.portal import words, words_matching
from services.portal import words_request as said
from services.portal.answers_request import (
    Alerted,
    Became,
    Decided,
    Kept,
    Looks,
    Matched,
    Received,
    Sent,
    Walked,
    Worker,
)
from services.portal.request_gathering import Gathered
from services.portal.request_pieces import OF_ONE, OF_SAFETY, pieces_of, says_harm

FORMAT = "kith-subject-access-1"
_OWN = (
    "reference", "given_name", "middle_names", "family_name", "previous_family_names", "known_as",
    "date_of_birth", "date_of_birth_as_written", "sex", "identifiers", "phones", "emails",
    "relationship",
)  # fmt: skip


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
        "made_at": _at(request.made_at),
        "identity_checked": said.told(said.IDENTITIES, request.identity),
        "place": own.place_name,
        "ask": _contact(own.office),
        "you": {
            "name": matched.name,
            "date_of_birth": matched.born,
            "kith_id": matched.person_id,
            "earlier_kith_ids": list(matched.retired_ids),
        },
        "assessments": [
            _assessment(
                one,
                kept,
                withheld,
                None if one.assessment_id in elsewhere else _where(one, kept),
                decided.get(one.assessment_id),
                became.get(one.assessment_id),
                [a for a in alerts.alerts if a.assessment_id == one.assessment_id],
            )
            for one in sent.assessments
        ],
        "households": [
            {"kith_id": s.household_id, "since": _at(s.since), "until": _at(s.until)}
            for s in matched.households
        ],
        "key_workers": [_engagement(one, kept) for one in own.engagements],
        "handovers": [
            {
                "at": _at(one.at),
                "from": _worker(one.from_key_worker),
                "to": _worker(one.to_key_worker),
                "because": words.change_in_words(one.reason) if one.reason else None,
            }
            for one in own.handovers
        ],
        "referrals": [
            {
                "assessment": one.assessment_id,
                "opened_at": _at(one.opened_at),
                "team": one.team_name,
                "again_within_a_year": one.re_referral,
                "key_worker_found_at": _at(one.assigned_at),
                "closed_at": _at(one.closed_at),
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
                    if _same(value) not in withheld and value not in _homes(matched, elsewhere)
                ]
            )
        },
        "said_by_people": _changes(matched),
        "looked_at": _looks(matched, sent, own),
    }


def _assessment(
    one: Received,
    kept: Collection[str],
    withheld: Collection[str],
    where: str | None,
    decided: Decided | None,
    became: Became | None,
    alerts: list[Alerted],
) -> dict[str, Any]:
    harm = f"{one.assessment_id}/significant_harm" in kept
    safe = harm or not (says_harm(one) or (became is not None and became.front_door))
    household = one.household
    hides_basis = not safe and household["lawful_basis"] in said.OF_HARM
    return {
        "kith_id": one.assessment_id,
        "from": one.agency_name,
        "from_kind": said.told(said.AGENCY_KINDS, one.agency_kind),
        "their_reference": one.reference,
        "recorded_at": _at(one.recorded_at),
        "received_at": _at(one.received_at),
        "how": said.told(said.CHANNELS, one.channel),
        "lawful_basis": None if hides_basis else household["lawful_basis"],
        "lawful_basis_in_words": said.A_DUTY
        if hides_basis
        else said.told(said.LAWFUL_BASES, household["lawful_basis"]),
        "purpose": said.FAMILY_OR_SAFETY
        if not safe and household["purpose"] == "safeguarding"
        else said.told(said.PURPOSES, household["purpose"]),
        "sharing_agreement": one.agreement,
        "others_in_it": one.others,
        "about_you": _own(one, kept, withheld),
        "where": where,
        "about_the_household": _household(one, kept, safe=safe),
        "in_words": _words(one, kept),
        "somebody_may_not_be_safe": _harms(one, became) if harm else [],
        "what_became_of_it": said.STATES.get(became.state) if became else None,
        "a_referral_was_avoided": became.referral_avoided if became else False,
        "the_agency_was_told": [
            {"at": _at(s.stated_at), "what": said.told(said.TOLD, s.kind)} for s in one.statements
        ],
        "people_were_told": [_alert(a) for a in alerts if harm or not _is_door(a)],
        "how_it_was_decided": _decided(decided),
    }


def _reached_by(sent: Sent, kept: Collection[str]) -> frozenset[str]:
    """Telephone numbers and email addresses that are somebody else's too, and were left out: they
    are left out wherever else they stand."""
    found = {True: set[str](), False: set[str]()}
    for one in sent.assessments:
        for given in one.words:
            if given.piece.partition(".")[0] in {"phones", "emails"}:
                found[f"{one.assessment_id}/{given.piece}" in kept].add(_same(given.text))
    return frozenset(found[False] - found[True])


def _homes(matched: Matched, elsewhere: Collection[str]) -> frozenset[str]:
    """Addresses of these assessments, as matching keeps them, and of no others."""
    homes = {True: set[str](), False: set[str]()}
    for record in matched.records:
        homes[record.assessment_id in elsewhere].update(record.homes)
    return frozenset(homes[True] - homes[False])


def _same(text: str) -> str:
    """A telephone number or email address, however it is written."""
    return text.casefold() if "@" in text else "".join(c for c in text if c.isdigit())[-10:] or text


def _own(one: Received, kept: Collection[str], withheld: Collection[str]) -> dict[str, Any]:
    """The person's own entry, with what stands on somebody else's too where that was left in."""
    found = {field: one.person[field] for field in _OWN if one.person.get(field)}
    for field in ("phones", "emails"):
        found[field] = [text for text in found.get(field, ()) if _same(text) not in withheld]
    for given in one.words:
        field, _, number = given.piece.partition(".")
        if (
            number
            and field in {"phones", "emails"}
            and f"{one.assessment_id}/{given.piece}" in kept
        ):
            found[field] = [*found.get(field, ()), given.text]
    return {
        field: value
        for field, value in found.items()
        if value and (field, value) != ("relationship", "unknown")
    }


def _where(one: Received, kept: Collection[str]) -> str | None:
    if one.household.get("no_fixed_abode"):
        return "no fixed abode"
    if one.address is None:
        return None
    lines = list(one.address.get("lines", ()))
    lines += [
        given.text
        for given in one.words
        if given.piece == "address_lines" and f"{one.assessment_id}/{given.piece}" in kept
    ]
    uprn = one.address.get("uprn")
    parts = [*lines, one.address.get("town"), one.address.get("postcode")]
    parts.append(f"property number (UPRN) {uprn}" if uprn else None)
    return words.address_in_words(", ".join(part for part in parts if part)) or None


def _household(one: Received, kept: Collection[str], *, safe: bool) -> dict[str, Any]:
    household = one.household
    out: frozenset[str] = frozenset()
    for field, of_field in (("needs_of_safety", OF_SAFETY), ("needs_of_one", OF_ONE)):
        if f"{one.assessment_id}/{field}" not in kept:
            out |= of_field
    needs = [need for need in household.get("needs", ()) if need not in out]
    found: dict[str, Any] = {
        "needs": [words.NEEDS.get(need) or words.label(need) for need in needs],
        "languages": list(household.get("languages", ())),
    }
    if safe:
        found["how_soon"] = words.SEVERITIES.get(household["urgency"], household["urgency"])
    if f"{one.assessment_id}/skills" in kept:
        found["asked_of_a_key_worker"] = [words.label(s) for s in household.get("skills", ())]
        meant = household.get("would_have_referred_for")
        found["service_that_was_meant"] = words.label(meant) if meant else None
    if f"{one.assessment_id}/restrictions" in kept:
        found["few_may_know_because"] = [
            words.RESTRICTIONS.get(r) or words.label(r) for r in household.get("restrictions", ())
        ]
    return {name: value for name, value in found.items() if value}


def _words(one: Received, kept: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for given in one.words:
        field = given.piece.partition(".")[0]
        if field in {"strengths", "good_day"} and f"{one.assessment_id}/{given.piece}" in kept:
            found.setdefault(field, []).append(given.text)
    return found


def _harms(one: Received, became: Became | None) -> list[str]:
    found = [words.HARMS.get(h) or words.label(h) for h in one.household["significant_harm"]]
    if became is not None and became.front_door:
        found.append("the front door that keeps people safe was told")
    return [words.sentence(each) for each in found]


def _is_door(alert: Alerted) -> bool:
    return alert.kind == "front_door" or any(told.kind == "front_door" for told in alert.told)


def _alert(alert: Alerted) -> dict[str, Any]:
    return {
        "that": said.told(said.ALERTS, alert.kind),
        "told": [
            {
                "who": told.name or said.told(said.RECIPIENTS, told.kind),
                "as": told.role or said.told(said.RECIPIENTS, told.kind),
                "at": _at(told.at),
            }
            for told in alert.told
        ],
        "known_at": _at(alert.acknowledged_at),
        "taken_back_at": _at(alert.withdrawn_at),
    }


def _decided(one: Decided | None) -> dict[str, Any] | None:
    """How it was decided, field by field: what each agreement weighed, for or against."""
    if one is None:
        return None
    return {
        "at": _at(one.decided_at),
        "decided_again_at": _at(one.decided_again_at),
        "model": one.model_version,
        "began_a_household": one.outcome == "new",
        "was_asked": one.outcome == "review",
        "by": None if one.outcome == "new" else words_matching.rule_label(one.rule),
        "weights": [
            {
                "what": words_matching.field_label(share.field),
                "compared": words_matching.level_label(share.level),
                "bits": share.weight,
                "in_words": words_matching.evidence_in_words(share.weight),
            }
            for share in one.fields
        ],
        "total_bits": one.weight,
        "needed_bits": one.threshold if one.fields else None,
        "held_back_because": [words_matching.guard_label(guard) for guard in one.guards],
        "a_person_checked": said.VERDICTS.get(one.reviewed or ""),
        "checked_at": _at(one.reviewed_at),
    }


def _engagement(one: Walked, kept: Collection[str]) -> dict[str, Any]:
    ended = f"{one.engagement_id}/end_reason" in kept
    return {
        "who": _worker(one.key_worker),
        "team": one.team_name,
        "since": _at(one.since),
        "until": _at(one.ended_at),
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
            "at": _at(one.decided_at),
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
            "first_at": _at(min(one.first_at for one in looks)),
            "last_at": _at(max(one.last_at for one in looks)),
        }
        for purpose, looks in by_purpose.items()
    ]


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def recipients(copy: Mapping[str, Any]) -> list[str]:
    """Everybody who was told, each once: agencies, practitioners, and who walked beside them."""
    found = {one["from"]: one["from"] for one in copy["assessments"] if one["the_agency_was_told"]}
    for one in copy["key_workers"]:
        found.setdefault(one["who"]["name"], f"{one['who']['name']}, {one['team']}")
    for assessment in copy["assessments"]:
        for told in (told for alert in assessment["people_were_told"] for told in alert["told"]):
            named = told["who"] != told["as"]
            found.setdefault(told["who"], f"{told['who']}, {told['as']}" if named else told["who"])
    return [words.sentence(one) for one in found.values()]
